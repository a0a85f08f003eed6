import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { SpikewardError, choice, flag, integer, key as keyOf, number, text, treeLeaves } from '@spikeward/core'
import type { Key } from '@spikeward/core'
import { chips, errorNeuron, hostLoss } from '@spikeward/chip'
import { type MlpDescription, lossesOf, mlpToNir, withProblem, writeNir } from '@spikeward/nir'
import {
  AUTO,
  GREATEST_KEY,
  asUsage,
  buildParts,
  configOf,
  dashed,
  describePart,
  describeRun,
  exitCodes,
  experimentKinds,
  nirLossy,
  openFor,
  operatorParts,
  metavar,
  readoutTrainings,
  untrainedConfig,
  usageError,
} from '@spikeward/experiment'
import type { DescribedRun, ExperimentKind, FlagsOf, TrainOptions } from '@spikeward/experiment'
import { type ChipProgress, checkWritable, openFinished, writeChipTraining } from '@spikeward/experiment/node'
import { addFlags } from '../../usage/addFlags.js'
import { checkBits, chipFlag, dtFlag, fitFlags, lossyFlag } from './chipFlags.js'
import { loadDeviceEstimator, deviceEstimatorNames, perturbationHelp } from './loadDeviceEstimator.js'
import type { Context } from '../../io/processIo.js'
import { addDeclaredFlags, withDeclared } from '../options/declaredFlags.js'
import { addBackendOptions, addDisplayOptions, addNetworkOptions, addProblemOptions } from '../options/sharedOptions.js'

const losses = { host: hostLoss, errorNeuron } as const

/**
 * Steps, rate at 8 bits and treatment of the readout that are used where none is given: as measured in the benchmarks
 * of the device.
 */
const usual = {
  run: { steps: 300, rate: -3, readout: 'held' },
  problem: { steps: 800, rate: -1, readout: 'learned' },
} as const

const names = <T extends object>(of: T) => Object.keys(of) as (keyof T & string)[]

const deviceFlags = {
  ...chipFlag('loihi2'),
  bits: fitFlags.bits,
  spread: number({ min: 0, max: 1, default: 0, help: 'relative spread of thresholds and decays between neurons' }),
  stuck: number({ min: 0, max: 1, default: 0, help: 'share of synapses that are stuck at 0' }),
}

const trainingFlags = {
  estimator: text({
    default: 'nodePerturbation',
    help: `the estimator: ${deviceEstimatorNames.join(', ')}, package#name or ./file.ts#name`,
  }),
  perturbation: integer({
    min: 0,
    computed: 'that of the estimator',
    help: `the option of an estimator; ${perturbationHelp}`,
  }),
  part: choice(['both', ...operatorParts], {
    default: 'both',
    help: 'the parts of an operator network that learn, one after the other',
  }),
  losses: choice(names(losses), {
    default: 'host',
    help: 'where the two losses of a step are formed; host for an operator network',
  }),
  readout: choice(readoutTrainings, {
    computed: 'held for a run, learned for a problem',
    help: 'what the host does with its readout',
  }),
  solveEvery: integer({ min: 1, default: 100, help: 'steps between two solves of --readout solved' }),
  steps: integer({ min: 1, max: 1e9, computed: '300 for a run, 800 for a problem', help: 'steps' }),
  batch: integer({ min: 1, max: 1e9, default: 256, help: 'points of a step' }),
  rate: integer({
    min: -24,
    max: 8,
    computed: '-3 for a run, -1 for a problem, and 1 less for each bit below 8',
    help: 'the largest update of a layer is 2^n weight steps at first',
  }),
  key: integer({
    min: 0,
    max: GREATEST_KEY,
    default: 0,
    help: "key of the chip's imperfections, of batches, perturbations and a new network",
  }),
}

const resultFlags = {
  out: metavar(
    '<folder>',
    text({ computed: '<run>-on-<chip>, in runs/ for a problem', help: 'the folder to write, which must not exist' }),
  ),
  nir: flag({
    default: false,
    help: 'also write network.nir, the learned network in floats, with which import continues',
  }),
  ...lossyFlag,
  ...dtFlag,
}

type Options = TrainOptions & FlagsOf<typeof deviceFlags> & FlagsOf<typeof trainingFlags> & FlagsOf<typeof resultFlags>

/** Whether a path is a run, and not a folder that has the name of a problem. */
const isRunFolder = async (path: string): Promise<boolean> => {
  const facts = await stat(join(path, 'config.json')).catch(() => null)
  return facts?.isFile() === true
}

/** Refuses flags that would have no effect. */
function checkUsed(command: Command, flags: Options, readout: string): void {
  const need = (names: readonly string[], needed: string): void => {
    const [unused] = names.filter((name) => command.getOptionValueSource(name) === 'cli')
    if (unused !== undefined)
      throw usageError('CLI_USAGE', `--${dashed(unused)} has no effect without ${needed}; give both, or leave it out`)
  }
  if (readout !== 'solved') need(['solveEvery'], '--readout solved')
  if (!flags.nir) need(['allowLossy', 'dt'], '--nir')
}

/** How a chip trains the experiment of a run or of a problem. */
function chipTrainingOf({ config, parts }: DescribedRun): NonNullable<ExperimentKind['chip']> {
  const { chip } = experimentKinds[parts.experiment.kind]
  if (chip !== null) return chip
  throw new SpikewardError(
    'CLI_NOT_DEPLOYABLE',
    `${config.problem} is learned by the network of an equation, and its loss needs derivatives in the coordinates, which a chip does not compute; train it with train`,
  )
}

/** Options of the problem and of the network, which a run already has. */
function givenForProblem(command: Command, own: ReadonlySet<string>): readonly string[] {
  return command.options
    .filter((o) => !own.has(o.attributeName()) && command.getOptionValueSource(o.attributeName()) === 'cli')
    .map((o) => o.long ?? o.flags)
}

export function addChipTrain(chip: Command, { io, done, plugins }: Context): void {
  const command = chip
    .command('train')
    .description(
      'train on a simulated chip in integers: fine-tune the network of a run on an imperfect chip, or a new network of a problem from scratch; an interrupted training keeps what it has learned, and is not resumed',
    )
    .argument('<run>', 'the run folder, or the name of a problem')
  addFlags(command.optionsGroup('Chip:'), deviceFlags)
  addFlags(command.optionsGroup('Training:'), trainingFlags)
  addFlags(command.optionsGroup('Result:'), resultFlags)
  addBackendOptions(command, AUTO)
  addDisplayOptions(command)
  const own = new Set(command.options.map((o) => o.attributeName()))
  addProblemOptions(command)
  addNetworkOptions(command)
  addDeclaredFlags(command, plugins)
  command.action(async (name: string, flags: Options) => {
    const target = chips[flags.chip]
    checkBits(flags.bits, target)
    const isRun = await isRunFolder(name)
    const usualOf = usual[isRun ? 'run' : 'problem']
    const readout = flags.readout ?? usualOf.readout
    checkUsed(command, flags, readout)
    const out = resolve(
      flags.out ??
        (isRun
          ? `${resolve(name)}-on-${target.name}`
          : join('runs', `${basename(name)}-on-${target.name}-key${flags.key}`)),
    )
    if ((await stat(out).catch(() => null)) !== null)
      throw usageError('CLI_USAGE', `${out} already exists; choose another folder with --out`)
    await checkWritable(out)
    const { estimator, perturbation, check } = await asUsage(() =>
      loadDeviceEstimator(flags.estimator, flags.perturbation),
    )
    await using opened = isRun ? await openedRun(name, flags) : await untrained(name, flags)
    const { run } = opened
    const { experiment } = run.parts
    const { parts, train } = chipTrainingOf(run)
    if (parts === null && flags.part !== 'both')
      throw usageError(
        'CLI_USAGE',
        `--part has no effect on ${run.config.problem}, which no operator network learns; leave it out`,
      )
    if (parts !== null && flags.losses !== 'host')
      throw usageError(
        'CLI_USAGE',
        `--losses ${flags.losses} holds one readout in the words of the chip, and the host multiplies the outputs of branch and trunk in floats; leave it out for an operator network`,
      )
    const mlps =
      parts === null ? [await describeRun(run)] : await Promise.all(parts.map((part) => describePart(run, part)))
    const differences = flags.nir ? [...new Set(mlps.flatMap((mlp) => lossesOf(mlp)))] : []
    if (differences.length > 0 && !flags.allowLossy) throw nirLossy(differences, ', or leave out --nir')
    const bits = flags.bits ?? target.weightBits
    const how = {
      chip: target,
      bits,
      spread: flags.spread,
      stuck: flags.stuck,
      estimator,
      loss: losses[flags.losses],
      readout,
      solveEvery: flags.solveEvery,
      steps: flags.steps ?? usualOf.steps,
      batch: flags.batch,
      rate: flags.rate ?? usualOf.rate - (target.weightBits - bits),
      key: flags.key,
    }
    const stop = new AbortController()
    const stopListening = io.onInterrupt(() => stop.abort())
    const progress: ChipProgress[] = []
    const report = (part: ChipProgress['part'], step: number, loss: number): void => {
      progress.push({ part, step, loss })
      const where = part === 'network' ? '' : `${part}, `
      if (!flags.quiet) io.err(`${where}step ${step} of ${how.steps}: loss ${loss.toPrecision(4)}\n`)
    }
    const watch = { check, report, signal: stop.signal }
    const float = (await experiment.measure(run.variables, 'test')).relativeL2
    const learning = flags.part === 'both' ? operatorParts : [flags.part]
    const trained = await train(run, experiment, learning, how, watch).finally(stopListening)
    const nirs = flags.nir
      ? await Promise.all(
          trained.parts.map(({ learned }) => nirOf(learned, flags.dt, parts === null ? run.config.problem : null)),
        )
      : null
    const result = await writeChipTraining(out, {
      of: isRun ? resolve(name) : name,
      config: isRun ? run.config : untrainedConfig(run.config),
      estimator: flags.estimator,
      perturbation,
      how,
      float,
      trained,
      progress,
      nirs,
    })
    for (const loss of differences) io.err(`note: other readers of NIR run this network differently: ${loss}\n`)
    const isWhole = trained.steps === trained.planned
    if (!isWhole)
      io.err(`interrupted after ${trained.steps} of ${trained.planned} steps; the folder holds what they learned\n`)
    const { before, after, solved } = trained.errors
    io.out(
      flags.json
        ? `${JSON.stringify(result)}\n`
        : `${out}: relative L2 on the test data ${after.toFixed(4)} on ${target.name}, ${before.toFixed(4)} before training on the chip, ${float.toFixed(4)} in floats; ${solved.toFixed(4)} with the readout solved\n`,
    )
    done(isWhole ? exitCodes.done : exitCodes.failed)
  })

  async function openedRun(path: string, flags: Options) {
    const extra = givenForProblem(command, own)
    if (extra.length > 0)
      throw usageError(
        'CLI_USAGE',
        `${path} is a run, whose problem and network are known; leave out ${extra.join(', ')}, or name a problem to train from scratch`,
      )
    const run = await openFinished(path, flags, io)
    return { run, [Symbol.asyncDispose]: () => run[Symbol.asyncDispose]() }
  }

  async function untrained(problem: string, options: Options) {
    const { estimator: _, losses: __, steps: ___, batch: ____, ...forConfig } = withDeclared(options, command)
    const how = { io, quiet: options.quiet }
    const resolved = await asUsage(() => configOf(problem, forConfig, io))
    const parts = await buildParts(resolved, how)
    const { config, backend } = await asUsage(() => openFor(resolved, parts, how))
    const [initial] = keyOf(config.key, { backend }).split(2) as [Key, Key]
    const variables = parts.experiment.task.init(initial)
    const run: DescribedRun & { readonly backend: typeof backend } = { config, parts, variables, backend }
    return {
      run,
      async [Symbol.asyncDispose](): Promise<void> {
        treeLeaves(variables).forEach((t) => t.dispose())
        await backend[Symbol.asyncDispose]()
      },
    }
  }

  /** @param problem that `import` continues with; null for a part, with which it cannot */
  const nirOf = (mlp: MlpDescription, dt: number, problem: string | null): Promise<Uint8Array> => {
    const graph = mlpToNir(mlp, { dt, allowLossy: true })
    return writeNir(problem === null ? graph : withProblem(graph, problem))
  }
}
