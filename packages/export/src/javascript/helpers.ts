/** The functions that a module defines, of those that its program calls. Values are typed arrays in row-major order. */
export const helpers = {
  /** Rounds to 32 bits. */
  f: 'const f=Math.fround',
  /** Copies x at `at` + Σ steps·index, for each index below `dims`. */
  read: `const read=(x,at,dims,steps)=>{const y=new x.constructor(dims.reduce((a,b)=>a*b,1));let i=0
const go=(a,p)=>{if(a===dims.length)y[i++]=x[p];else for(let k=0;k<dims[a];k++)go(a+1,p+k*steps[a])}
go(0,at);return y}`,
  /** Writes x to those places of y. */
  write: `const write=(y,x,at,dims,steps)=>{let i=0
const go=(a,p)=>{if(a===dims.length)y[p]=x[i++];else for(let k=0;k<dims[a];k++)go(a+1,p+k*steps[a])}
go(0,at);return y}`,
  /**
   * x [b, m, k] times w [b, k, n]. Each term is added in double precision and the sum rounded to that of the result,
   * which is a fused multiplication and addition; a term of 0, such as a spike that is not there, changes nothing.
   */
  dot: `const dot=(x,w,b,m,k,n)=>{const y=new x.constructor(b*m*n)
for(let r=0;r<b*m;r++){const at=r*n,wb=(r/m|0)*k*n
for(let i=0;i<k;i++){const a=x[r*k+i];if(a!==0)for(let j=0,q=wb+i*n;j<n;j++)y[at+j]+=a*w[q+j]}}
return y}`,
  /** Reduces the rows of x [m, k]. */
  reduce: `const reduce=(x,m,k,start,by)=>{const y=new x.constructor(m)
for(let i=0;i<m;i++){let s=start;for(let j=0;j<k;j++)s=by(s,x[i*k+j]);y[i]=s}
return y}`,
  /** Rows of x, of which each has \`width\` numbers, by indices that are clamped into range. */
  gather: `const gather=(x,rows,width,index)=>{const y=new x.constructor(index.length*width)
index.forEach((r,i)=>{const at=Math.min(rows-1,Math.max(0,r))*width;y.set(x.subarray(at,at+width),i*width)})
return y}`,
  /** The error function: its series, and 1 minus a continued fraction from 2.5 on. */
  erf: `const erf=x=>{const a=Math.abs(x);if(a>6)return Math.sign(x)
if(a<2.5){let t=x,s=x;for(let n=1;Math.abs(t)>Math.abs(s)*1e-17;n++)s+=t*=2*x*x/(2*n+1)
return 2/Math.sqrt(Math.PI)*Math.exp(-x*x)*s}
let c=a;for(let k=40;k>0;k--)c=a+k/2/c
return Math.sign(x)*(1-Math.exp(-x*x)/(Math.sqrt(Math.PI)*c))}`,
} as const

/** The name of a helper. */
export type Helper = keyof typeof helpers
