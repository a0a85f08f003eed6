import { estimatorFactories } from '../catalogue/kinds/estimators.js'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import { neuronFactories } from '../catalogue/kinds/neurons.js'
import { backendFactories } from '../catalogue/kinds/openBackend.js'
import { optimizerFactories, scheduleFactories } from '../catalogue/kinds/optimizers.js'
import type { ProblemChoice } from '../catalogue/kinds/problems.js'
import { leafOf } from '../catalogue/make.js'
import { findFactory } from '../catalogue/findFactory.js'
import type { Chosen, FlagKind } from './declaredValues.js'

/**
 * The factories that a run names.
 *
 * @param texts by kind, as the run stores them
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_PACKAGE, CLI_PLUGIN
 */
export async function chosenFactories(
  texts: Readonly<Record<FlagKind, string>>,
  problem: Pick<ProblemChoice, 'named'>,
  network: Pick<NetworkEntry, 'named'>,
): Promise<Chosen> {
  const { neuron, surrogate, estimator, optimizer, schedule, backend } = texts
  return {
    problem: { text: texts.problem, factories: problem.named === null ? [] : [problem.named] },
    network: { text: texts.network, factories: [network.named] },
    neuron: { text: neuron, factories: await neuronFactories(neuron) },
    surrogate: { text: surrogate, factories: [await findFactory('surrogate', leafOf('surrogate', surrogate).name)] },
    estimator: { text: estimator, factories: await estimatorFactories(estimator) },
    optimizer: { text: optimizer, factories: await optimizerFactories(optimizer) },
    schedule: { text: schedule, factories: await scheduleFactories(schedule) },
    backend: { text: backend, factories: await backendFactories(backend) },
  }
}
