/**
 * The platform that an experiment runs on. `#host` is that of Node or that of a page, by a condition of the manifest.
 */
import type { FastestOptions } from '@spikeward/backend-auto'
import type { OperatorProblem, PinnProblem, RegressionProblem } from '@spikeward/core'
import type { NirGraph } from '@spikeward/nir'
import type { JsonRecord } from '@spikeward/train'
import type { Digests, TrainConfig } from '../config/trainConfig.js'
import type { Reference } from '../plugins/reference.js'

/** Arrays of a file that a run learns from, and how its rows are dealt out. */
export type OwnData = Pick<TrainConfig, 'inputs' | 'outputs' | 'coords'> & { readonly data: string }

export type OwnDataSettings = Pick<TrainConfig, 'dataKey' | 'split' | 'categories' | 'missing' | 'sequences'>

/** In a page, functions that read a file or a package throw NEEDS_NODE. */
export type Host = {
  /** Exports of packages whose backends only this platform has. */
  readonly backends: Readonly<Record<string, unknown>>
  threads(): number
  absolutePath(path: string): string
  /** The equation in a JSON file. */
  equation(path: string): Promise<PinnProblem>
  /** The part of the equation in a file that states the conditions built into its output, as an equation of its own. */
  conditionsOf(path: string, problem: OperatorProblem | PinnProblem): Promise<JsonRecord>
  /** The problem of an equation that names no file. */
  equationFrom(stated: JsonRecord): Promise<PinnProblem>
  /** The graph in a NIR file. */
  graph(path: string): Promise<NirGraph>
  /** The bytes of that file. */
  graphBytes(path: string): Promise<Uint8Array>
  /** The exports of a package or a file with parts of the user. */
  load(reference: Reference, folder?: string): Promise<Readonly<Record<string, unknown>>>
  /** The problem in a file of the user. */
  ownProblem(
    own: OwnData,
    settings: OwnDataSettings,
    what: 'table' | 'sequences' | 'trajectories' | 'own' | OperatorProblem,
  ): Promise<RegressionProblem | OperatorProblem>
  /** SHA-256 of everything that the settings read, by their names; of nothing in a page, which reads no files. */
  digests(settings: Omit<TrainConfig, 'files'>): Promise<Digests>
  /**
   * Refuses settings if something that they read was changed since their digests were recorded, or differs on this
   * machine.
   */
  checkFiles(settings: TrainConfig): Promise<void>
  /** The same problem, whose solved functions are kept for the next run if the platform has a place for them. */
  cached(problem: OperatorProblem, onDamaged: (path: string) => void): Promise<OperatorProblem>
  /** Where measured choices of backends are kept, and the version for which they hold; empty: nowhere. */
  choices(): Promise<Pick<FastestOptions, 'memory' | 'version'>>
}
