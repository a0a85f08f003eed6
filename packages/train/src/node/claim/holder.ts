import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

/** The holder of a folder. */
export type Holder = {
  readonly pid: number
  readonly host: string
  /**
   * The scope in which `pid` is unique: host, boot and process namespace. Two containers may share a host's name but
   * not its processes.
   */
  readonly machine: string
  /**
   * Start of the process, in ticks since the machine's boot, which distinguishes it from a later process with the same
   * number. Empty if unknown.
   */
  readonly started: string
}

const readText = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

/** Host, boot and process namespace; the last two only if Linux provides them. */
async function machineIdentity(): Promise<string> {
  const boot = await readText('/proc/sys/kernel/random/boot_id')
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return [hostname(), boot.trim(), namespace].join(' ')
}

/** The state of a process and when it was started; empty if the system does not provide them (only Linux does). */
async function statusOf(pid: number): Promise<{ readonly state: string; readonly started: string }> {
  const stat = await readText(`/proc/${pid}/stat`)
  // The second field is a name in parentheses, which may hold spaces; the state is field 3, the start field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', started: fields[19] ?? '' }
}

/** This process. */
export async function thisHolder(): Promise<Holder> {
  const [machine, { started }] = await Promise.all([machineIdentity(), statusOf(process.pid)])
  return { pid: process.pid, host: hostname(), machine, started }
}

/** Whether the process of a holder still runs; null for a process of another machine, where it cannot be checked. */
export async function processRuns({ pid, machine, started }: Holder): Promise<boolean | null> {
  if (machine !== (await machineIdentity())) return null
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, for another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await statusOf(pid)
  // A zombie (it has ended, but its parent has not collected its status) still accepts signals, but writes nothing.
  if (now.state === 'Z' || now.state === 'X') return false
  return now.started === '' || started === '' || now.started === started
}
