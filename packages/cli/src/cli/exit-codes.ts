/** What the process's exit code says. Stable: scripts may rely on it. */
export const EXIT_CODES = {
  /** All went well. */ ok: 0,
  /** A task failed, or a check did. */ failed: 1,
  /** Unknown command, flag, name or id; something that only a terminal could ask for. */ usage: 2,
  /** Configuration, plugin or agent file. */ config: 3,
  /** Key missing or refused, quota used up. */ credentials: 4,
  /** The model's side: unreachable, overloaded, no such model. */ upstream: 5,
  /** A port or a lock is taken. */ occupied: 6,
  /** The task is kept and waits for a person. */ waiting: 7,
  /** Ctrl-C. */ interrupted: 130,
} as const;

/** One of {@link EXIT_CODES}. */
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** Each exit code in a few words, for help and documentation. */
export const EXIT_CODE_WORDS: Readonly<Record<ExitCode, string>> = {
  0: 'ok',
  1: 'failed',
  2: 'usage',
  3: 'configuration',
  4: 'credentials',
  5: "the model's side",
  6: 'port or lock taken',
  7: 'waiting for approval',
  130: 'interrupted',
};

/** Codes of the error catalogue by what the exit code says of them; every other one is `failed`. */
const CODES = {
  usage:
    'USAGE_INVALID TASK_INVALID TASK_UNKNOWN NOT_FOUND AGENT_UNKNOWN TEMPLATE_UNKNOWN TEAM_TEMPLATE_UNKNOWN ' +
    'TEMPLATE_PARAMETERS_INVALID FILE_INVALID REQUEST_TOO_LARGE USER_CONTEXT_INVALID',
  config:
    'CONFIG_INVALID CONFIG_NOT_FOUND PACKAGE_MISSING STARTUP_FAILED AGENT_INVALID TOOL_UNKNOWN TOOL_EXISTS TOOL_INVALID ' +
    'MODEL_UNKNOWN MODEL_AMBIGUOUS MODEL_INVALID NO_MODEL BUDGET_UNPRICED PLUGIN_INVALID PLUGIN_VERSION_UNSUPPORTED ' +
    'PLUGIN_DUPLICATE PLUGIN_DEPENDENCY_MISSING PLUGIN_CONTRIBUTION_DUPLICATE PLUGIN_FAILED PLUGIN_UNKNOWN',
  credentials: 'CREDENTIAL_MISSING CREDENTIAL_REJECTED QUOTA_EXHAUSTED ACCESS_DENIED',
  upstream:
    'MODEL_NOT_FOUND ENDPOINT_MISMATCH BREAKER_OPEN RATE_LIMITED SLOW_DOWN PROVIDER_OVERLOADED PROVIDER_ERROR ' +
    'PROVIDER_TIMEOUT PROVIDER_CONFLICT GATEWAY_ERROR DNS_FAILED CONNECTION_FAILED CONNECTION_LOST CONNECT_TIMEOUT ' +
    'RESPONSE_TIMEOUT PROTOCOL_ERROR RESPONSE_UNEXPECTED RESPONSE_MALFORMED STREAM_CUT STREAM_MALFORMED ' +
    'DEPENDENCY_FAILED PROXY_FAILED TLS_UNTRUSTED TLS_FAILED REQUEST_OVER_LIMIT',
  occupied: 'ENGINE_UNAVAILABLE',
  waiting: 'APPROVAL_REQUIRED',
  interrupted: 'CANCELLED',
} as const satisfies Partial<Record<keyof typeof EXIT_CODES, string>>;

/**
 * The exit code for a failure.
 *
 * @param isPortTaken - True where the failure is an address in use; it wins over the code.
 */
export function exitCodeOf(code: string, isPortTaken = false): ExitCode {
  if (isPortTaken) return EXIT_CODES.occupied;
  for (const [name, codes] of Object.entries(CODES)) {
    if (codes.split(' ').includes(code)) return EXIT_CODES[name as keyof typeof CODES];
  }
  return EXIT_CODES.failed;
}
