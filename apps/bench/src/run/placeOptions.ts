/**
 * Options for the place where a benchmark computes. Stored runs do not contain them: they change nothing but the
 * duration, and the address of a queue may contain a password.
 */
export const placeOptions = ['queue', 'queueCa', 'queueCert', 'queueKey', 'shard', 'atOnce'] as const
