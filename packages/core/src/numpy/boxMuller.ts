/**
 * A number of the standard normal distribution from two independent uniform ones (Box & Muller 1958), on the host in double precision:
 *
 *     √(−2 ln(1 − u)) cos 2πw
 *
 * For tensors of normal numbers use {@link normal}.
 *
 * @param u uniform in [0, 1)
 * @param w uniform in [0, 1)
 * @example boxMuller(0.5, 0) // 1.1774…, √(2 ln 2)
 */
export const boxMuller = (u: number, w: number): number => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * w)
