/** A network as one JavaScript module without dependencies. */
import type { Tensor } from '@spikeward/core'
import { type Exportable, factsOf, inputsOf } from '../exportable.js'
import { writeOpen } from '../program/openProgram.js'
import { arrays, javascriptOf } from './javascriptOf.js'

/** Bytes in base64. */
function base64(parts: readonly Uint8Array[]): string {
  let letters = ''
  for (const bytes of parts)
    for (let at = 0; at < bytes.length; at += 8192) letters += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(letters)
}

/** The elements of constants, one after another: each as its type and number, and all as base64. */
async function weights(constants: readonly Tensor[]): Promise<string> {
  // Wider elements first, so that each begins at a multiple of its bytes.
  const wide = (t: Tensor): number => (t.dtype === 'f64' ? 0 : t.dtype === 'bool' ? 2 : 1)
  const order = constants.map((t, i) => ({ t, i })).sort((a, b) => wide(a.t) - wide(b.t))
  const parts = await Promise.all(
    order.map(async ({ t }) => {
      const data = await t.data()
      return t.dtype === 'bool' ? Uint8Array.from(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    }),
  )
  return `const c=[]
{let at=0;const bytes=Uint8Array.from(atob('${base64(parts)}'),l=>l.charCodeAt(0)).buffer
for(const [T,n,i] of [${order.map(({ t, i }) => `[${arrays[t.dtype]},${t.size},${i}]`).join()}]){c[i]=new T(bytes,at,n);at+=c[i].byteLength}}`
}

const example = ({ domain, inputs, sensors, places }: Exportable): string => {
  const middle = `[${domain.map(([low, high]) => Number(((low + high) / 2).toPrecision(3))).join(', ')}]`
  if (sensors === null) return `predict([${middle}]) // one row for each of [${inputs.join(', ')}]: [[output, …]]`
  return `predict({ input${places === null ? `, points: [${middle}]` : ''} }) // input: ${sensors.length} numbers, at network.sensors`
}

/** `predict` of a function of points; many points are computed 256 at a time. */
const ofPoints = `export function predict(rows){
const {inputs:{length:d},outputs:{length:k}}=network,x=table(rows,d,'row'),n=x.length/d,found=[]
for(let at=0;at<n;at+=256){const some=x.subarray(at*d,(at+256)*d),y=run(some.length/d,some,c)
for(let i=0;i<y.length;i+=k)found.push(Array.from(y.subarray(i,i+k)))}
return found}`

const ofFunctions = (onGrid: boolean): string => `export function predict({input${onGrid ? '' : ',points'}}){
const {inputs:{length:d},outputs:{length:k},sensors:{length:s}}=network,one=typeof input[0]==='number'
const u=table(one?[input]:input,s,'input function')${onGrid ? '' : ",x=table(points,d,'point')"}
const m=u.length/s,n=${onGrid ? 'network.points.length' : 'x.length/d'},y=run(m,${onGrid ? 'u' : 'n,u,x'},c)
const all=Array.from({length:m},(_,j)=>Array.from({length:n},(_,i)=>Array.from(y.subarray((j*n+i)*k,(j*n+i+1)*k))))
return one?all[0]:all}`

const table = `const table=(rows,width,what)=>{
const all=Array.from(rows,(row,i)=>{const r=typeof row==='number'?[row]:row
if(r.length!==width)throw new RangeError(\`\${what} \${i} has \${r.length} numbers, and the network takes \${width}\`)
return r})
if(all.length===0)throw new RangeError(\`no \${what}: give at least one\`)
return Float32Array.from(all.flatMap(r=>Array.from(r)))}`

/**
 * The text of a module: \`predict\`, named and by default, and the facts of the network as \`network\`.
 *
 * @throws EXPORT_PRIMITIVE, EXPORT_ROWS
 */
export async function moduleFile(exported: Exportable): Promise<string> {
  const { written, constants } = writeOpen(exported.apply, inputsOf(exported), javascriptOf)
  const { sensors, places } = exported
  return `/**
 * The network that learned ${exported.title.replaceAll('*/', '* /')}, written by Spikeward. It needs nothing else, in Node, Deno, Bun and a page.
 *
 * import predict, { network } from './network.js'
 * ${example(exported)}
 *
 * network: the names of inputs and outputs, and the domain of each input${sensors === null ? '' : '; the points (sensors) of an input function'}.
 * Numbers are computed in 32 bits, as the command does.
 */
export const network=${JSON.stringify(factsOf(exported))}
${[written.helpers, table, await weights(constants), written.run, sensors === null ? ofPoints : ofFunctions(places !== null)].filter((part) => part !== '').join('\n')}
export default predict
`
}
