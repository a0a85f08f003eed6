import { locals, type FunctionRef } from '../wasm/code.js'
import type { ModuleBuilder } from '../wasm/module.js'

/**
 * `erf(x)` of a double to about 2 units in the last place.
 *
 *     |x| < 2.5:  2/√π e^(−x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!     (all terms have one sign, so none cancel; 60 terms suffice)
 *     beyond:     ±(1 − e^(−x²)/√π / (a + ½/(a + 1/(a + ³⁄₂/ …)))), a = |x|, 40 levels of the continued fraction
 *
 * Abramowitz & Stegun 7.1.6 and 7.1.14.
 */
export function defineErf(module: ModuleBuilder): FunctionRef {
  const exp = module.imported('exp')
  return module.define(
    ['f64'],
    (c, params) => {
      const x = params[0]!
      const [a, e, term, sum] = locals(c, 'f64', 4)
      const n = c.local('i32')
      const asDouble = (): void => {
        c.get(n).op('f64.convert_i32_s')
      }
      c.get(x).op('f64.abs').set(a)
      c.get(x).get(x).op('f64.mul').op('f64.neg').call(exp).set(e)
      c.get(a)
        .f64(2.5)
        .op('f64.lt')
        .when(
          () => {
            c.get(x).tee(term).set(sum)
            c.i32(1).set(n)
            c.loop((again) => {
              // term ← term · 2x² / (2n + 1)
              c.get(term).get(x).get(x).op('f64.mul').f64(2).op('f64.mul').op('f64.mul')
              asDouble()
              c.f64(2).op('f64.mul').f64(1).op('f64.add').op('f64.div').tee(term)
              c.get(sum).op('f64.add').set(sum)
              c.get(n).i32(1).op('i32.add').tee(n).i32(60).op('i32.lt_s').branchIf(again)
            })
            c.f64(2 / Math.sqrt(Math.PI))
              .get(e)
              .op('f64.mul')
              .get(sum)
              .op('f64.mul')
              .set(sum)
          },
          () => {
            c.get(a).set(sum)
            c.i32(40).set(n)
            c.loop((again) => {
              // fraction ← a + (n/2) / fraction
              c.get(a)
              asDouble()
              c.f64(0.5).op('f64.mul').get(sum).op('f64.div').op('f64.add').set(sum)
              c.get(n).i32(1).op('i32.sub').tee(n).branchIf(again)
            })
            c.f64(1)
              .get(e)
              .f64(Math.sqrt(Math.PI))
              .get(sum)
              .op('f64.mul')
              .op('f64.div')
              .op('f64.sub')
              .get(x)
              .op('f64.copysign')
              .set(sum)
          },
        )
      c.get(sum)
    },
    'f64',
  )
}
