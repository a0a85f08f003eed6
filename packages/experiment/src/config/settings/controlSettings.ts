/**
 * Settings that say where, how long and how carefully a run computes, each declared once, and the flags that nothing
 * stores.
 */
import { type ValueType, choice, defineOptions, flag, integer, number, option, text } from '@spikeward/core'
import type { Cut } from '@spikeward/distributed'
import { baselineChoices } from '../../baselines/baselines.js'
import { AUTO, maxThreads } from '../../catalogue/make.js'
import { factories } from '../../catalogue/factories.js'
import { jsonFlag } from './jsonFlag.js'
import { GREATEST_KEY, metavar } from './dataSettings.js'
import { MAX_COUNT } from './runSettings.js'

/** The shares of a step: `directions:4`, `batch:8`, `directions:2,batch:4` or `none`. */
export const sharesType: ValueType<Cut | 'none'> = {
  name: 'either',
  expects: 'shares such as directions:4, batch:8, or both with a comma between; or none',
  accepts: (x): x is Cut | 'none' => x === 'none' || (typeof x === 'object' && x !== null),
  parse: cutOf,
}

function cutOf(text: string): Cut | 'none' | undefined {
  if (text === 'none') return text
  const cut = { directions: 1, batch: 1 }
  for (const part of text.split(',')) {
    const [, name, number] = /^(directions|batch):([1-9]\d{0,4})$/.exec(part.trim()) ?? []
    if (name !== 'directions' && name !== 'batch') return undefined
    cut[name] = Number(number)
  }
  return cut
}

/** The key of a run. */
export const keyOption = integer({
  min: 0,
  max: GREATEST_KEY,
  default: 0,
  help: 'key of all random numbers of the run',
})

/** Control of a run that config.json stores. */
export const controlSettings = /* @__PURE__ */ defineOptions(() => ({
  key: keyOption,
  /**
   * The number of consecutive validations without a lower error after which the run stops and keeps its best state. 0
   * stands for none.
   */
  patience: integer({
    min: 0,
    max: MAX_COUNT,
    computed: '6 on your own data, else never',
    help: 'stop after n unimproved validations; a run has 20; the state with the lowest error is kept; 0: never',
  }),
  checkpointEvery: integer({
    min: 1,
    max: MAX_COUNT,
    computed: 'a twentieth of all',
    help: 'steps between checkpoints',
  }),
}))

/** The number of steps between two checks of derivatives and of the backend. */
export const checkFlags = /* @__PURE__ */ defineOptions(() => ({
  check: integer({
    min: 1,
    max: MAX_COUNT,
    computed: 'never',
    help: 'check the gradient and the backend every n steps; a derivative of the smoothed loss by finite differences, and the backend by the reference',
  }),
}))

/** Which baselines a run is shown beside. */
export const baselineFlags = /* @__PURE__ */ defineOptions(() => ({
  baselines: metavar(
    '<which>',
    choice(baselineChoices, {
      default: 'classical',
      help:
        'errors of other methods on the same data; classical: linear and kernel ridge regression, a few seconds of one core, and a dense network of a run beside it; all: also ' +
        'a dense network of the same sizes and randomSign of random directions, two more trainings; none: the untrained network alone',
    }),
  ),
}))

/** How long a step waits for other ranks. */
export const rankFlags = /* @__PURE__ */ defineOptions(() => ({
  rankTimeout: metavar(
    '<s>',
    number({ min: 0, above: true, max: 1e6, default: 300, help: 'seconds that a step waits for other ranks' }),
  ),
}))

/** Whether a run that may not fit into memory is refused. */
export const memoryFlags = /* @__PURE__ */ defineOptions(() => ({
  memoryCheck: flag({ default: true, help: 'error if the run may exceed the available memory, only a note' }),
}))

/** The folder of a new run. */
export const outFlags = /* @__PURE__ */ defineOptions(() => ({
  out: metavar('<folder>', text({ computed: 'a new one under runs/', help: 'the run folder' })),
  force: flag({ default: false, help: 'replace the run in the folder' }),
}))

/** Flags of a new run alone. */
export const runFlags = /* @__PURE__ */ defineOptions(() => ({
  from: metavar(
    '<run>',
    text({
      computed: 'random weights',
      help: 'start from the weights of this run; network, neurons and estimator are those of the run unless given',
    }),
  ),
  trial: flag({
    default: true,
    help: 'short trials on your own data or a spiking equation of a file; they choose the settings that are not given',
  }),
  ...baselineFlags,
  ...checkFlags,
  shares: metavar(
    '<cut>',
    option(sharesType, {
      computed: 'batch:8 under mpirun',
      help: 'how to split a step among ranks; the same bits for any number of ranks: directions:4, batch:8 or both, or none',
    }),
  ),
  ...rankFlags,
  ...memoryFlags,
  ...outFlags,
  profile: flag({
    default: false,
    help: 'print at the end where the time of a step goes; each kernel, and the code around them',
  }),
}))

const backendNames = `${Object.keys(factories.backend).join(', ')}, or package#name`

export const threadsOption = (most: number) =>
  integer({ min: 1, max: most, computed: 'as many as the backend chooses', help: 'threads of the backend' })

/** Where a new run computes. */
export const backendFlags = (byDefault: string) => ({
  backend: text({
    default: byDefault,
    help: `where to run; ${byDefault === AUTO ? 'auto (the fastest here, measured at the first run of each kind of step), ' : ''}${backendNames}`,
  }),
  threads: threadsOption(maxThreads()),
})

/** Where a command continues with an existing run. */
export const otherBackendFlags = () => ({
  backend: text({
    computed: 'that of the run',
    help: `where to run; ${backendNames}; options in parentheses: name(option=value)`,
  }),
  threads: threadsOption(maxThreads()),
})

/** Flags for the output of a command. */
export const displayFlags = /* @__PURE__ */ defineOptions(() => ({
  ...jsonFlag,
  quiet: flag({ default: false, help: 'show no progress' }),
}))

/** Whether a run is drawn. */
export const figuresFlags = /* @__PURE__ */ defineOptions(() => ({
  figures: flag({ default: true, help: 'figures; for many runs in a row' }),
}))

const portType: ValueType<number | true> = {
  name: 'either',
  expects: 'a port, from 1 to 65535, or nothing',
  accepts: (x): x is number | true =>
    x === true || (Number.isInteger(x) && (x as number) >= 1 && (x as number) <= 65_535),
  parse: (written) => Number(written),
}

/** Flags for following a run while it trains. */
export const followFlags = /* @__PURE__ */ defineOptions(() => ({
  /** A live page: its port, or true for any. */
  watch: metavar(
    '[port]',
    option(portType, {
      computed: 'no page; without a port any free one',
      help: 'serve a live page of the run on 127.0.0.1',
    }),
  ),
  /** Event files. */
  log: metavar(
    '<format>',
    choice(['tensorboard'], {
      computed: 'none',
      help: 'write event files of the run; tensorboard: for TensorBoard, in <run folder>/tensorboard',
    }),
  ),
}))
