import type { AnyRun } from '../run/run.js'

/** Where and when a run was measured, and how long it took, in one line. */
export function measuredOn(run: AnyRun): string {
  const { processor, cores, memoryGiB, os, instructionSet } = run.machine
  const memory = memoryGiB === null ? '' : `, ${memoryGiB} GiB`
  const set = instructionSet === undefined ? '' : `, ${instructionSet}`
  const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`)
  const commit =
    run.commit === null ? 'commit unknown' : `commit ${run.commit.slice(0, 10)}${run.dirty ? ' with changes' : ''}`
  const duration = run.seconds >= 0.5 ? `, took ${Math.round(run.seconds)} s` : ''
  return `${processor}, ${cores} cores${memory}${set}; ${os}; ${versions.join(', ')}; ${commit}; ${run.date.slice(0, 10)}${duration}`
}
