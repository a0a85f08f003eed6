/** The start data of a thread that reads damaged files. */
export type FileWorkerData = {
  readonly root: string
  readonly folder: string
  readonly key: number
  /** Names of the formats that it reads. */
  readonly names: readonly string[]
  /** One 32-bit integer: the number of the file that is being read. */
  readonly place: SharedArrayBuffer
}

/** Files to read: numbers from `from` on. */
export type Request = { readonly from: number; readonly count: number }

/** The result of reading. */
export type Reading = {
  /** The number of the first file that was not read. */
  readonly next: number
  readonly endings: Readonly<Record<string, number>>
  readonly faults: readonly {
    readonly index: number
    readonly format: string
    readonly what: string
    readonly bytes: Uint8Array
  }[]
  /** Whether the thread cannot continue: a library broke its own memory. */
  readonly spent: boolean
}
