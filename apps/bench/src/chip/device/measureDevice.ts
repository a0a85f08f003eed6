import type { Backend } from '@spikeward/core'
import { floatRates } from '../chipProblems.js'
import { ALONE, searchesOf, spreadsAt, TRIAL_SPREAD } from './devicePlan.js'
import type { DeviceMeasurements, DevicePlan, DeviceRow, PlannedSearch } from './devicePlan.js'
import { deviceRuns } from './deviceRuns.js'
import type { DeviceRuns } from './deviceRuns.js'
import type { DeviceErrors, ReadoutTraining } from './deviceTraining.js'
import { bestOf, searchSettings } from './deviceTrials.js'
import type { DeviceTrial } from './deviceTrials.js'
import { floatBaseline } from '../floatBaseline.js'

type Report = (told: string) => void

const told = ({ kind, estimator, loss, bits }: PlannedSearch): string =>
  `${kind}, ${estimator}, losses by ${loss}, ${bits} bits`

/** Tries the settings of every search with the trial keys, on validation points. */
async function tryAll(plan: DevicePlan, runs: DeviceRuns, report: Report): Promise<readonly DeviceTrial[]> {
  const trials: DeviceTrial[] = []
  for (const kind of plan.kinds) {
    const spread = kind === 'fine-tuning' ? TRIAL_SPREAD : 0
    for (const search of searchesOf(plan, kind)) {
      const found = await searchSettings(search, plan.trialKeys, async (choice, key) => {
        const network = await runs.startedFrom(kind, key)
        const arrays = runs.deviceOf(network, search.bits, spread, key)
        const how = { ...runs.howOf(search, choice), key }
        return (await runs.measure(arrays, network, how, 'validation')).relativeL2
      })
      trials.push(...found)
      report(`${told(search)}, readout ${search.readout}: ${found.length} trials`)
    }
  }
  return trials
}

/** Measures all rows, after the trials that choose their settings. */
export async function measureDevice(plan: DevicePlan, backend: Backend, report: Report): Promise<DeviceMeasurements> {
  const runs = deviceRuns(plan, backend)
  const { deviceOf, measure } = runs
  const rates = floatRates[plan.problem.problem.name]!
  const baseline = plan.kinds.includes('from-scratch')
    ? await floatBaseline(rates.spsa, plan.trialKeys, runs.spsaInFloats)
    : null
  const trials = await tryAll(plan, runs, report)

  const rows: DeviceRow[] = []
  for (const key of plan.keys) {
    for (const kind of plan.kinds) {
      const network = await runs.startedFrom(kind, key)
      const float = kind === 'fine-tuning' ? network.errors : ((await baseline?.errorsOf(key)) ?? network.errors)
      for (const search of searchesOf(plan, kind).filter(({ readout }) => readout === ALONE[kind])) {
        const { estimator, loss, bits } = search
        for (const spread of kind === 'fine-tuning' ? spreadsAt(bits) : [0]) {
          const device = deviceOf(network, bits, spread, key)
          const train = (readout: ReadoutTraining): Promise<DeviceErrors> => {
            const own = { ...search, readout }
            return measure(device, network, { ...runs.howOf(own, bestOf(trials, own)), key })
          }
          const row: DeviceRow = {
            key,
            kind,
            estimator,
            loss,
            bits,
            spread,
            float,
            quantised: await measure(deviceOf(network, bits, 0, key), network, null),
            before: await measure(device, network, null),
            trained: { [ALONE[kind]]: await train(ALONE[kind]), solved: await train('solved') },
          }
          rows.push(row)
          const ends = Object.entries(row.trained).map(([how, e]) => `${how} ${e.relativeL2.toFixed(4)}`)
          report(
            `key ${key}, ${told(search)}, spread ${spread}: ${row.before.relativeL2.toFixed(4)} → ${ends.join(', ')}`,
          )
        }
      }
    }
  }
  return { floatTrials: baseline?.trials ?? [], trials, rows }
}
