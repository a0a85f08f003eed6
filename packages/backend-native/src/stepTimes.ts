import type { StepTime } from '@spikeward/core/backend'

/** A line of an executable's description: its depth, and its time if it was measured. */
const line = /^( *)(.*?)(?:: ([\d.]+) us)?$/

/**
 * The steps of a description that the addon writes (`Executable::describe`), with seconds per run. The addon measures one iteration
 * of a loop; a run has all of them.
 */
export function stepTimes(description: string): StepTime[] {
  const lengths: { readonly depth: number; readonly length: number }[] = []
  // The first line names the instruction set.
  return description
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((text) => {
      const [, indent = '', name = '', microseconds] = line.exec(text) ?? []
      const depth = indent.length / 2 - 1
      while ((lengths.at(-1)?.depth ?? -1) >= depth) lengths.pop()
      const times = lengths.reduce((product, { length }) => product * length, 1)
      const loop = /^loop (\d+)$/.exec(name)
      if (loop !== null) lengths.push({ depth, length: Number(loop[1]) })
      return { name, depth, seconds: microseconds === undefined ? null : (Number(microseconds) / 1e6) * times }
    })
}
