/** Processes that a part starts and may kill, and the runs that they train. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeCheckpoint } from '@spikeward/train'

/** How a process ended. */
export type Life = { readonly code: number | null; readonly signal: string | null; readonly err: string }

/**
 * Runs a program of Node until it ends, or until `kill` resolves.
 *
 * @param blocks the largest size of a file that it may write, if there is a limit
 */
export async function live(
  args: readonly string[],
  { kill, blocks }: { kill?: (gone: () => boolean) => Promise<void>; blocks?: number } = {},
): Promise<Life> {
  const [program, words] =
    blocks === undefined
      ? [process.execPath, args]
      : ['sh', ['-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', process.execPath, ...args]]
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
  let err = ''
  child.stderr.on('data', (text: Buffer) => (err += text.toString()))
  const ended = new Promise<Life>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, err })))
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null
  if (kill !== undefined) {
    await kill(gone)
    if (!gone()) child.kill('SIGKILL')
  }
  return ended
}

/** Waits for a condition. */
export const until = async (isMet: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isMet())) await sleep(5)
}

/** The command that trains a small run in a folder, or resumes it. */
export function command(
  root: string,
  what: 'train' | 'resume',
  folder: string,
  { key, steps, every }: { readonly key: number; readonly steps: number; readonly every: number },
): readonly string[] {
  const program = join(root, 'apps/cli/dist/main.js')
  if (what === 'resume') return [program, 'resume', folder, '--json', '--quiet']
  const sizes = '--backend native --threads 1 --hidden 6,5 --time 4 --batch 8 --json --quiet'.split(' ')
  const numbers = ['--steps', String(steps), '--checkpoint-every', String(every), '--key', String(key)]
  return [program, 'train', 'parabola', ...sizes, ...numbers, '--out', folder]
}

/** The state of a run that must not depend on interruptions: all tensors, and the losses in the metrics. */
export async function endOf(folder: string): Promise<string> {
  const { step, tensors } = decodeCheckpoint(await readFile(join(folder, 'checkpoint.safetensors')))
  const bits = [...tensors].map(
    ([path, { data }]) => `${path} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`,
  )
  const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n')
  const losses = lines.map((line) => {
    const { step: at, loss, relativeL2 } = JSON.parse(line) as { step: number; loss?: number; relativeL2?: number }
    return `${at} ${loss ?? ''} ${relativeL2 ?? ''}`
  })
  return [String(step), ...bits.sort(), ...losses].join('\n')
}

/** Trains a run that nothing disturbs: its end, and the milliseconds that it took. */
export async function undisturbed(
  args: readonly string[],
  folder: string,
): Promise<{ readonly whole: string; readonly calm: number }> {
  const began = performance.now()
  const { code, err } = await live(args)
  if (code !== 0) throw new Error(`${args.join(' ')} cannot train at all: ${err.slice(0, 500)}`)
  return { calm: Math.max(100, Math.round(performance.now() - began)), whole: await endOf(folder) }
}
