/** A file, or a folder of shards, that a run reads. */
export type InputFile = {
  /** Its name in the settings, in errors and among ranks: the path as it was given, or from the place of the file that names it. */
  readonly name: string
  readonly path: string
}

/** SHA-256 of the files that a run reads, by their names. */
export type Digests = Readonly<Record<string, string>>
