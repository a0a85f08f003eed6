/** Milliseconds in which a process connects, although tens of them start at once on a busy machine. */
export const connectMs = 300_000
