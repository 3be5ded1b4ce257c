// #region watch
import { watchConfig } from '@master-orchestrator/config';

const watcher = await watchConfig({
  apply: ({ config }, { reloaded, needsRestart }) => console.log(config.logging.level, reloaded, needsRestart),
  onReject: (error) => console.error(String(error)),
});
process.on('SIGHUP', () => void watcher.reload());
// #endregion
await watcher.reload();
console.log('watching', watcher.current.config.logging.level);
watcher.close();
