/**
 * The first journeys of two new users, as arguments of the command: from a table to figures and a page, and from an
 * equation to a comparison with finite differences and to Python. `firstContact.mjs` times both in a fresh clone, and
 * docs/test/journeys.test.ts reads the files that they write.
 */

/** A table of y = sin πa cos πb with 200 rows. */
const rows = Array.from({ length: 200 }, (_, i) => {
  const [a, b] = [(i % 20) / 10 - 1, Math.floor(i / 20) / 5 - 1]
  return [a, b, Math.sin(Math.PI * a) * Math.cos(Math.PI * b)].map((v) => v.toFixed(4)).join(',')
})

/** The program of the equation's user: its relative L2 distance from the finite differences. */
const program = `import numpy as np
from bar import predict

x, t, u = np.loadtxt("examples/bar.csv", delimiter=",", skiprows=1).T
print(np.linalg.norm(predict(np.stack([x, t], axis=1))[:, 0] - u) / np.linalg.norm(u))
`

/** @param {string} line */
const words = (line) => line.split(' ')

/**
 * @typedef {{
 *   readonly files: Readonly<Record<string, string>>,
 *   readonly commands: readonly (readonly string[])[],
 * }} Journey
 */

/** @type {Journey} */
export const tableToPage = {
  files: { 'table.csv': ['a,b,y', ...rows, ''].join('\n'), 'ask.csv': 'a,b\n0.33,0.35\n-0.43,-0.55\n' },
  commands: [
    words('train --data table.csv --inputs a:b --outputs y --out runs/table --quiet'),
    words('predict runs/table --data ask.csv --out answer.csv --quiet'),
    words('export runs/table table.html --to html'),
  ],
}

/** @type {Journey} The files of `examples` are those of a clone. */
export const equationToPython = {
  files: { 'compare.py': program },
  commands: [
    words('train examples/bar.json --backend native --spiking none --out runs/bar --quiet'),
    words('evaluate runs/bar --data examples/bar.csv --outputs u --coords x,t --quiet --json'),
    words('export runs/bar bar.py --to python'),
  ],
}
