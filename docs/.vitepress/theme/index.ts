/** The look of the site, programs that run in their page, and the demo on the home page. */
import { onMounted, watch } from 'vue'
import { useRoute } from 'vitepress'
import DefaultTheme from 'vitepress/theme'
import type { Theme } from 'vitepress'
import { embedDemo } from './embedDemo.js'
import { offerToRun } from './run/offerToRun.js'
import './site.css'

export default {
  extends: DefaultTheme,
  setup() {
    const route = useRoute()
    const prepare = (): void => {
      // The theme's home page has no main landmark.
      document.querySelector('.VPContent.is-home')?.setAttribute('role', 'main')
      embedDemo(document)
      offerToRun(document)
    }
    onMounted(() => {
      prepare()
      // After the new page is in the document.
      watch(
        () => route.path,
        () => void setTimeout(prepare),
        { flush: 'post' },
      )
    })
  },
} satisfies Theme
