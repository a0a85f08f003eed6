import type { MarkdownEnv, MarkdownRenderer } from 'vitepress'

/** A rendered text, and what its rendering noted. */
type Rendered = { readonly html: string; readonly env: MarkdownEnv }

/**
 * Returns a function that makes a renderer keep what it renders. VitePress renders each page with one renderer for
 * itself and with another one for the search index; both have the same settings, and what a page becomes depends on its
 * path and its text alone.
 */
export function renderOnce(): (markdown: MarkdownRenderer) => void {
  const kept = new Map<string, Rendered>()
  return (markdown) => {
    const render = markdown.render.bind(markdown)
    markdown.render = (source, env: MarkdownEnv) => {
      const key = `${env.path}\n${source}`
      const known = kept.get(key)
      if (known !== undefined) {
        kept.delete(key)
        Object.assign(env, { ...known.env, ...env })
        return known.html
      }
      const html = render(source, env)
      kept.set(key, { html, env: { ...env } })
      return html
    }
  }
}
