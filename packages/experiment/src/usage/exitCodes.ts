/** Exit codes of the command. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const

/** One of them. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
