/** Seconds of processor time that this process, with all its threads, has used since `process.cpuUsage()` gave `since`. */
export function processorSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}
