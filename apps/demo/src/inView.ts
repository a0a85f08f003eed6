import type { Attachment } from 'svelte/attachments'

/** Attached to an element, tells whether it is in view whenever that changes. */
export const inView =
  (tell: (isSeen: boolean) => void): Attachment<Element> =>
  (element) => {
    const observer = new IntersectionObserver((entries) => tell(entries.at(-1)!.isIntersecting))
    observer.observe(element)
    return () => observer.disconnect()
  }
