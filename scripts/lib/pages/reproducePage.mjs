/**
 * The results of `spikeward reproduce`, stored in docs/benchmarks/runs/reproduce/ and shown in
 * docs/benchmarks/reproduce.md.
 */

/**
 * The stored part of a reproduction's table.json: enough to write the report again.
 *
 * @param {any} result table.json
 * @param {string} line the command that made it
 */
export function stored(result, line) {
  const { date, machine, versions, commit, dirty, seconds, trialSeconds } = result
  const { paper, cite, caveats, keys, backend, threads, quick, budget, claimedSaving, costs, rows } = result
  return {
    line,
    ...{ seconds, trialSeconds },
    measured: machine === undefined ? null : { date, machine, versions, commit, dirty },
    ...{ paper, cite, caveats, keys, backend, threads, quick, budget, claimedSaving, costs },
    rows: rows.map((/** @type {any} */ { trials, ...row }) => ({
      ...row,
      trials: trials.map((/** @type {any} */ t) => ({
        key: t.config.key,
        relativeL2: t.relativeL2,
        relativeL2Pooled: t.relativeL2Pooled,
        validation: t.validation,
        baselines: t.baselines,
        steps: t.steps,
        seconds: t.seconds,
        failure: t.failure,
      })),
    })),
  }
}

/**
 * The report as a part of a page: without its title and introduction, with headings one level down.
 *
 * @param {string} report
 */
export const section = (report) => report.slice(report.indexOf('\n## ') + 1).replaceAll(/^##/gm, '###')

/** @param {string} name */
const marks = (name) =>
  new RegExp(
    `(<!-- measured ${name.replaceAll('.', '\\.')} -->\n).*?(<!-- end ${name.replaceAll('.', '\\.')} -->)`,
    's',
  )

/**
 * The page with the section and the command that made it between the marks of a stored run, `<!-- measured NAME -->`
 * and `<!-- end NAME -->`.
 *
 * @param {string} page
 * @param {string} name of the stored run
 * @param {string} line
 * @param {string} report
 */
export function withReport(page, name, line, report) {
  if (!marks(name).test(page))
    throw new Error(`docs/benchmarks/reproduce.md has no <!-- measured ${name} --> … <!-- end ${name} -->`)
  return page.replace(marks(name), (_, begin, end) => `${begin}\n\`${line}\`\n\n${section(report).trimEnd()}\n\n${end}`)
}
