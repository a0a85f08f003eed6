/**
 * The settings of a run's data, each declared once: flags, help, the types and the checks of config.json derive from
 * them.
 */
import { choice, defineOptions, flag, integer, integers, text } from '@spikeward/core'
import type { Option, Options, OptionsOf, ValueOf } from '@spikeward/core'

/** An option that declares how help writes the value of its flag, as `metavar` of Python's argparse does. */
export type Metavar = { readonly metavar?: string }

/**
 * An option with the text that help writes for the value of its flag.
 *
 * @param name `<file>`; in brackets, `[port]`, if the value may be left out, which is then true; with dots,
 *   `<setting...>`, if the flag may be repeated: its value is the list of all texts
 */
export const metavar = <O extends Option>(name: string, option: O): O & Metavar => ({ ...option, metavar: name })

type HasValue = { readonly presence: 'value' | 'required' }

/** The values of flags: those that are required or have a default are always there. */
export type FlagsOf<O extends Options> = {
  readonly [K in keyof O as O[K] extends HasValue ? K : never]: ValueOf<O[K]>
} & { readonly [K in keyof O as O[K] extends HasValue ? never : K]?: ValueOf<O[K]> }

/** The greatest key: keys are unsigned 32-bit integers. */
export const GREATEST_KEY = 0xffff_ffff

const byLayout = 'by the layout of a known file'

/** The user's own data: the absolute path of a file, and the names of its arrays. */
export const fileSettings = /* @__PURE__ */ defineOptions(() => ({
  data: metavar(
    '<file>',
    text({
      computed: 'those of the problem',
      help: 'your own data; functions or a table of points: .npy, .npz, .mat, HDF5, NetCDF, Zarr, Parquet or CSV; or a folder of shards, inputs-00000.npy, …, that need not fit in memory',
    }),
  ),
  inputs: text({
    computed: byLayout,
    help: 'its input functions or columns; an array [functions × sensors], of a table columns, a:b or a,c; other.npy#other for another file; f@s for functions with own sensors s; f+g for two input functions',
  }),
  outputs: text({
    computed: byLayout,
    help: 'its solutions or output columns; an array [functions × points] or [functions × n × …]; u@y for solutions at own points y',
  }),
  coords: metavar(
    '<names>',
    text({
      computed: 'by the layout, else those of the problem',
      help: 'its coordinates; an array [points × axes], or one per axis, separated by commas',
    }),
  ),
}))

/** The settings of the data that config.json stores. */
export const dataSettings = /* @__PURE__ */ defineOptions(() => ({
  /** The task on a problem with trajectories: `rollout`, with options in parentheses; null: the map. */
  task: text({
    computed: 'the map to a later time',
    help: 'rollout: learn trajectories as a time-stepper; with options, such as rollout(unroll=3,pushForward=1,noise=0.01)',
  }),
  /** The key that generates an operator's functions, or splits the user's own. */
  dataKey: integer({
    min: 0,
    max: GREATEST_KEY,
    computed: '0',
    help: 'key of random input functions; and of the split of those in a file',
  }),
  ...fileSettings,
  /**
   * How the rows of a file are split: two fractions, `0.1,0.2`, or the name of a column. `0,0` measures at the training
   * rows.
   */
  split: metavar(
    '<how>',
    text({
      computed: '0.1,0.2',
      help: 'shares for validation and test; of a file; of a table also a column of 0 (training), 1 (validation), 2 (test)',
    }),
  ),
  /** Columns that become one input for each of their texts or numbers. */
  categories: metavar(
    '<names>',
    text({
      computed: 'text of at most 20 values',
      help: 'columns that become an input for each value; with commas between; of sequences the column of classes',
    }),
  ),
  /** The treatment of rows of a table that lack values; a mean is that of the training rows. */
  missing: choice(['drop', 'mean'], {
    computed: 'an error',
    help: 'rows that lack values: drop them, or fill in the mean',
  }),
}))

/** Flags that name or abbreviate other settings, which are stored in their place. */
export const problemFlags = /* @__PURE__ */ defineOptions(() => ({
  problem: text({
    computed: 'the argument',
    help: 'the problem, instead of the argument; or package#name, ./file.ts#name, ./equation.json',
  }),
  /** The options train, validation and test of an operator problem. */
  sizes: metavar(
    '<n,n,n>',
    integers({
      min: 1,
      max: 10_000_000,
      minLength: 3,
      maxLength: 3,
      computed: 'set by the problem',
      help: 'training, validation and test functions; of operators',
    }),
  ),
}))

/** How a file is read as sequences; a run stores them together. */
export const sequenceFlags = /* @__PURE__ */ defineOptions(() => ({
  timeColumn: metavar(
    '<column>',
    text({
      computed: 'rows are equally spaced',
      help: 'column of time, of a table that is a sequence; also --time <column>',
    }),
  ),
  runColumn: metavar(
    '<column>',
    text({ computed: 'one run', help: 'column of numbers that name the run of each row' }),
  ),
  /** Steps that the targets lie ahead of the inputs. */
  horizon: integer({
    min: 0,
    max: 1_000_000,
    computed: '0',
    help: 'time steps that the outputs lie ahead of the inputs; of sequences',
  }),
  delays: integer({
    min: 1,
    max: 10_000,
    computed: '8',
    help: 'rows that a time step reads at once, the latest first; of sequences',
  }),
  window: integer({
    min: 1,
    max: 1_000_000,
    computed: '32; of classes all after the warm-up',
    help: 'time steps of a window that have targets; of sequences',
  }),
  warmUp: integer({
    min: 0,
    max: 1_000_000,
    computed: '32; of classes half of the shortest sequence',
    help: 'time steps before them that only set the state; of sequences',
  }),
  elapsed: flag({
    computed: 'off',
    help: 'rows are not equally spaced: read the time since the row before; of sequences',
  }),
  hold: flag({
    computed: 'off',
    help: 'a missing input keeps its last value; of sequences',
  }),
}))

export type SequenceSettings = {
  readonly [K in keyof typeof sequenceFlags]:
    | ValueOf<(typeof sequenceFlags)[K]>
    | (K extends `${string}Column` | 'window' | 'warmUp' ? null : never)
}

/** The options of the data; those that are not given are absent. */
export type DataFlags = OptionsOf<typeof dataSettings> &
  OptionsOf<typeof problemFlags> &
  OptionsOf<typeof sequenceFlags>
