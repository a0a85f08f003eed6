/**
 * Kovasznay's exact solution, with λ = Re/2 − √(Re²/4 + 4π²):
 *
 *     u = 1 − e^λx cos 2πy,   v = (λ/2π) e^λx sin 2πy,   p = (1 − e^2λx)/2
 *
 * @param rate λ, from {@link rateOf}
 * @returns [u, v, p] at a point
 */
export const kovasznaySolution =
  (rate: number) =>
  ([x = 0, y = 0]: readonly number[]): [u: number, v: number, p: number] => {
    const e = Math.exp(rate * x)
    const turn = 2 * Math.PI
    return [1 - e * Math.cos(turn * y), (rate / turn) * e * Math.sin(turn * y), (1 - e * e) / 2]
  }

/** λ for a Reynolds number. */
export const rateOf = (reynolds: number): number => reynolds / 2 - Math.sqrt(reynolds ** 2 / 4 + 4 * Math.PI ** 2)
