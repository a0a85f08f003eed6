import { estimatorThings } from '../catalogue/kinds/estimators.js'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import { neuronThings } from '../catalogue/kinds/neurons.js'
import { backendThings } from '../catalogue/kinds/openBackend.js'
import { optimizerThings, scheduleThings } from '../catalogue/kinds/optimizers.js'
import type { ProblemChoice } from '../catalogue/kinds/problems.js'
import { leafOf } from '../catalogue/make.js'
import { findThing } from '../catalogue/things.js'
import type { Chosen, FlagKind } from './declaredValues.js'

/**
 * The things that a run names.
 *
 * @param texts by kind, as the run stores them
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_PACKAGE, CLI_PLUGIN
 */
export async function chosenThings(
  texts: Readonly<Record<FlagKind, string>>,
  problem: Pick<ProblemChoice, 'thing'>,
  network: Pick<NetworkEntry, 'thing'>,
): Promise<Chosen> {
  const { neuron, surrogate, estimator, optimizer, schedule, backend } = texts
  return {
    problem: { text: texts.problem, things: problem.thing === null ? [] : [problem.thing] },
    network: { text: texts.network, things: [network.thing] },
    neuron: { text: neuron, things: await neuronThings(neuron) },
    surrogate: { text: surrogate, things: [await findThing('surrogate', leafOf('surrogate', surrogate).name)] },
    estimator: { text: estimator, things: await estimatorThings(estimator) },
    optimizer: { text: optimizer, things: await optimizerThings(optimizer) },
    schedule: { text: schedule, things: await scheduleThings(schedule) },
    backend: { text: backend, things: await backendThings(backend) },
  }
}
