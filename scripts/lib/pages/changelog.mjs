/** One changelog of all packages, from changesets that wait and from the packages' own changelogs. */

/**
 * @param {readonly string[]} pending changesets, as stored in .changeset
 * @param {readonly string[]} released changelogs of packages, as changesets writes them
 * @returns {string} Markdown
 */
export function gather(pending, released) {
  /** @type {Map<string, Map<string, Set<string>>>} packages of each change, by version */
  const versions = new Map()
  /**
   * @param {string} version
   * @param {string} change
   * @param {readonly string[]} names
   */
  const add = (version, change, names) => {
    const changes = versions.get(version) ?? new Map()
    const known = changes.get(change) ?? new Set()
    for (const name of names) known.add(name)
    versions.set(version, changes.set(change, known))
  }
  for (const text of pending) {
    const [, head = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? []
    const names = [...head.matchAll(/["'](?:@spikeward\/)?([\w-]+)["']/g)].map(([, name = '']) => name)
    if (body.trim() !== '') add('Unreleased', flatten(body), names)
  }
  for (const text of released) {
    const name = /^# (?:@spikeward\/)?([\w-]+)/.exec(text)?.[1] ?? ''
    for (const section of text.split(/^## /m).slice(1)) {
      const version = section.split('\n')[0] ?? ''
      for (const [, change = ''] of section.matchAll(/^- (?!Updated dependencies)(.*(?:\n {2}.*)*)/gm))
        add(version, flatten(change.replace(/^[0-9a-f]{7,40}: /, '')), [name])
    }
  }
  const sections = [...versions]
    .sort(([a], [b]) => newestFirst(a, b))
    .map(
      ([version, changes]) =>
        `## ${version}\n\n${[...changes].map(([change, names]) => `- **${[...names].sort().join(', ')}**: ${change}`).join('\n')}\n`,
    )
  return `# Changelog\n\nAll packages of Spikeward carry one version. \`npm run changelog\` writes this page.\n\n${sections.join('\n')}`
}

/** @param {string} text */
const flatten = (text) => text.trim().replace(/\s*\n\s*/g, ' ')

/**
 * @param {string} a
 * @param {string} b
 */
function newestFirst(a, b) {
  if (a === 'Unreleased' || b === 'Unreleased') return a === b ? 0 : a === 'Unreleased' ? -1 : 1
  return b.localeCompare(a, 'en', { numeric: true })
}
