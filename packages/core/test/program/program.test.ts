import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'

const show = (fn: (...xs: Tensor[]) => sw.Tree, ...xs: Tensor[]): string => {
  const { program } = sw.trace(fn, ...xs)
  sw.checkProgram(program)
  return sw.printProgram(program)
}
const x = sw.zeros([2, 3])
const w = sw.zeros([3, 4])

describe('programs', () => {
  it('print what was traced, with equal equations shared and dead ones removed', () => {
    expect(
      show((a) => {
        sw.exp(a)
        return sw.add(sw.mul(a, a), sw.mul(a, a))
      }, x),
    ).toMatchInlineSnapshot(`
      "lambda a:f32[2,3] .
        b:f32[2,3] = mul a a
        c:f32[2,3] = add b b
        in c"
    `)
  })

  it('jvp of a product', () => {
    expect(show((a, b) => sw.jvp((y: Tensor) => sw.matmul(y, b), [a], [a]), x, w)).toMatchInlineSnapshot(`
      "lambda a:f32[2,3] b:f32[3,4] .
        c:f32[2,4] = dot[contract=[[1],[0]] batch=[[],[]]] a b
        in c c"
    `)
  })

  it('K directions share the primal', () => {
    const loss = (b: Tensor): Tensor => sw.sum(sw.square(sw.matmul(x, b)))
    expect(
      show((b, v) => sw.vmap((d: Tensor) => sw.jvp(loss, [b], [d]))(v), w, sw.zeros([5, 3, 4])),
    ).toMatchInlineSnapshot(`
      "lambda a:f32[2,3] b:f32[3,4] c:f32[5,3,4] .
        d:f32[2,4] = dot[contract=[[1],[0]] batch=[[],[]]] a b
        e:f32[5,2,3] = broadcast[shape=[5,2,3] axes=[1,2]] a
        f:f32[5,2,4] = dot[contract=[[2],[1]] batch=[[0],[0]]] e c
        g:f32[2,4] = mul d d
        h:f32[5,2,4] = broadcast[shape=[5,2,4] axes=[1,2]] d
        i:f32[5,2,4] = mul f h
        j:f32[5,2,4] = mul h f
        k:f32[5,2,4] = add i j
        l:f32[] = sum[axes=[0,1]] g
        m:f32[5] = sum[axes=[1,2]] k
        n:f32[5] = broadcast[shape=[5] axes=[]] l
        in n m"
    `)
  })

  it('loops of the same text and operands are merged', () => {
    const run = (rate: number, i: Tensor): Tensor =>
      sw.scan((u: Tensor, it: Tensor) => [sw.add(sw.mul(rate, u), it), []] as const, sw.zeros([3]), i)[0]
    const loops = (f: (i: Tensor) => Tensor): number => show(f, x).split(' = scan').length - 1
    expect(loops((i) => sw.add(run(0.9, i), run(0.9, i)))).toBe(1)
    expect(loops((i) => sw.add(run(0.9, i), run(0.8, i)))).toBe(2)
    expect(loops((i) => sw.add(run(0.9, i), run(0.9, sw.neg(i))))).toBe(2)
  })

  it('loops that contain rules for derivatives are distinguished: equal text may hide different slopes', async () => {
    const spikes = (slope: number, i: Tensor): Tensor => {
      const fire = sw.customJvp(
        (u: Tensor) => sw.cast(sw.greater(u, 0), 'f32'),
        ([u], [du]) => [sw.cast(sw.greater(u!, 0), 'f32'), sw.mul(slope, du!)],
      )
      return sw.scan((n: Tensor, it: Tensor) => [sw.add(n, fire(it)), []] as const, sw.zeros([3]), i)[0]
    }
    const both = sw.trace((i: Tensor) => [spikes(1, i), spikes(2, i)], x)
    expect(sw.printProgram(both.program).split(' = scan').length - 1).toBe(2)
    const slopes = sw.jit((i: Tensor, d: Tensor) => sw.jvp((y: Tensor) => [spikes(1, y), spikes(2, y)], [i], [d])[1])
    const [one, two] = slopes(x, sw.ones([2, 3]))
    expect([[...(await one!.data())], [...(await two!.data())]]).toEqual([
      [2, 2, 2],
      [4, 4, 4],
    ])
  })

  it('jvp of a scan is the scan of state and tangent', () => {
    const run = (i: Tensor): Tensor =>
      sw.scan((u: Tensor, it: Tensor) => [sw.add(sw.mul(0.9, u), it), []] as const, sw.zeros([3]), i)[0]
    expect(show((i, di) => sw.jvp(run, [i], [di])[1], x, x)).toMatchInlineSnapshot(`
      "lambda a:f32[2,3] b:f32[2,3] .
        c:f32[3] = broadcast[shape=[3] axes=[]] 0
        d:f32[3] = scan[body=(
          lambda a:f32[3] b:f32[3] .
            c:f32[3] = mul 0.9 a
            d:f32[3] = add c b
            in d) length=2 constants=0 carries=1 xsAxes=[0] ysAxes=[] reverse=false recompute=false] c b
        in d"
    `)
  })

  it('vjp of a scan keeps only what it needs and runs backwards', () => {
    const run = (i: Tensor): Tensor =>
      sw.sum(sw.scan((u: Tensor, it: Tensor) => [sw.add(sw.tanh(u), it), []] as const, sw.zeros([3]), i)[0])
    expect(show((i) => sw.grad(run)(i), x)).toMatchInlineSnapshot(`
      "lambda a:f32[2,3] .
        b:f32[3] = broadcast[shape=[3] axes=[]] 0
        c:f32[3] d:f32[2,3] = scan[body=(
          lambda a:f32[3] b:f32[3] .
            c:f32[3] = tanh a
            d:f32[3] = mul c c
            e:f32[3] = sub 1 d
            f:f32[3] = add c b
            in f e) length=2 constants=0 carries=1 xsAxes=[0] ysAxes=[0] reverse=false recompute=false] b a
        e:f32[3] = broadcast[shape=[3] axes=[]] 1
        f:f32[3] g:f32[2,3] = scan[body=(
          lambda a:f32[3] b:f32[3] .
            c:f32[3] = mul a b
            in c a) length=2 constants=0 carries=1 xsAxes=[0] ysAxes=[0] reverse=true recompute=false] e d
        in g"
    `)
  })

  it('the checker finds invalid programs', () => {
    const { program } = sw.trace((a: Tensor) => sw.exp(sw.add(a, a)), x)
    const [first, second] = program.equations
    expect(() => sw.checkProgram({ ...program, equations: [second!, first!] })).toThrow(
      /not defined before.*INVALID_PROGRAM/s,
    )
    expect(() => sw.checkProgram({ ...program, equations: [first!, first!] })).toThrow(/defined twice/)
    const wrong = { ...second!, outputs: [{ ...second!.outputs[0]!, aval: sw.aval([7]) }] }
    expect(() => sw.checkProgram({ ...program, equations: [first!, wrong] })).toThrow(/declared f32\[7\]/)
  })
})
