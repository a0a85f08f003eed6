// The page draws; the Worker computes.
const status = /** @type {HTMLElement} */ (document.querySelector('#status'))

/**
 * @param {string} id
 * @param {readonly (readonly [number, number])[]} points
 */
const draw = (id, points) =>
  document.querySelector(id)?.setAttribute('d', `M${points.map(([x, y]) => `${x} ${-y}`).join('L')}`)

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
worker.onmessage = ({ data }) => {
  status.textContent = `step ${data.step}, loss ${data.loss.toFixed(5)}`
  if (data.target !== undefined) draw('#target', data.target)
  if (data.prediction !== undefined) {
    draw('#prediction', data.prediction)
    status.textContent = `step ${data.step}: relative L2 error ${data.relativeL2.toFixed(3)}`
  }
}
