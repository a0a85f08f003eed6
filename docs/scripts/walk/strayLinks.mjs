import { readFile, readdir } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'

/**
 * The pages of the site, the written ones before those of the API.
 *
 * @param {string} site
 * @returns {Promise<string[]>}
 */
export async function pagesOf(site) {
  const all = await readdir(site, { recursive: true })
  const html = all.filter((path) => path.endsWith('.html') && !path.startsWith('demo/')).sort()
  const isApi = (/** @type {string} */ path) => path.startsWith('api/')
  return [...html.filter((path) => !isApi(path)), ...html.filter(isApi)]
}

/**
 * Links of the site to a page or a heading that is not there. The build fails for a page only where Markdown links it.
 *
 * @param {string} site
 * @returns {Promise<string[]>}
 */
export async function strayLinks(site) {
  const files = new Set(await readdir(site, { recursive: true }))
  const texts = new Map(
    await Promise.all(
      (await pagesOf(site)).map(
        async (path) => /** @type {const} */ ([path, await readFile(join(site, path), 'utf8')]),
      ),
    ),
  )
  return [...texts].flatMap(([path, text]) =>
    [...text.matchAll(/ href="([^":#]*)(?:#([^"]*))?"/g)].flatMap(([, to = '', anchor = '']) => {
      const plain = decodeURI(to)
      const full = plain === '' ? path : normalize(plain.startsWith('/') ? plain.slice(1) : join(dirname(path), plain))
      const found = [full, `${full}.html`, join(full, 'index.html')].find((p) => files.has(p) && p.includes('.'))
      if (found === undefined) return [`${path}: ${to} is not there`]
      const target = texts.get(found)
      const isThere = anchor === '' || target === undefined || target.includes(` id="${decodeURI(anchor)}"`)
      return isThere ? [] : [`${path}: ${to} has no heading #${anchor}`]
    }),
  )
}
