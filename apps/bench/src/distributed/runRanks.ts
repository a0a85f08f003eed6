import { spawn } from 'node:child_process'
import type { RankTiming, RankWork } from './timeRank.js'

/** Where and how ranks run. */
export type RankPlace = { readonly backend: string; readonly threads: number }

/** The input of the hidden command `rank`. */
export type RankOrder = RankWork & RankPlace

/**
 * Runs work on a number of ranks of this machine by mpirun; returns the measurement of rank 0.
 *
 * @throws if mpirun is missing, or the job fails, with its output
 */
export function runRanks(size: number, order: RankOrder): Promise<RankTiming> {
  const args = ['-n', String(size), '--oversubscribe', '--allow-run-as-root']
  const program = [process.execPath, process.argv[1] ?? '', 'rank', JSON.stringify(order)]
  // One machine: shared memory alone.
  const env = { OMPI_MCA_btl: 'self,sm', ...process.env }
  return new Promise((resolve, reject) => {
    const child = spawn('mpirun', [...args, ...program], { stdio: ['ignore', 'pipe', 'pipe'], env })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.on('error', () => reject(new Error('there is no mpirun here; apt-get install openmpi-bin libopenmpi-dev')))
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as RankTiming)
      else reject(new Error(`mpirun ended with ${code}: ${err.trim()}`))
    })
  })
}
