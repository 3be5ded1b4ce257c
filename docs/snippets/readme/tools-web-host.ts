import { webToolsPlugin } from '@master-orchestrator/tools-web';

export const plugin = webToolsPlugin({
  allowedHosts: ['pay.example.com'],
  hosts: { 'pay.example.com': { idempotencyKeys: true, headers: { Authorization: 'Bearer your-key' } } },
});
