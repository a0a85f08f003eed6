/** Which parts of a network spike. */
export const spikings: Readonly<Record<string, { readonly branch: boolean; readonly trunk: boolean }>> = {
  'branch,trunk': { branch: true, trunk: true },
  branch: { branch: true, trunk: false },
  trunk: { branch: false, trunk: true },
  none: { branch: false, trunk: false },
}
