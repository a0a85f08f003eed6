/** See claimRounds.mjs. */
export declare function bundleClaim(outDir: string): Promise<string>
export declare function playRounds(options: {
  readonly claim: string
  readonly rounds: number
  readonly key: number
  readonly onRound?: (round: number) => void
}): Promise<{
  readonly rounds: number
  readonly double: number
  readonly none: number
  readonly overlaps: number
  readonly errors: number
  readonly firstError: string | null
}>
