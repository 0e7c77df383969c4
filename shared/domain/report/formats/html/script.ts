/** Shows what fits the filter and how many that are; on paper opens what is more than information. Without it the page shows everything. */
export const SCRIPT = `
(() => {
  const form = document.getElementById('filter')
  const said = document.getElementById('shown')
  const findings = [...document.querySelectorAll('.finding')]
  const texts = new Map()
  const textOf = (finding) => {
    if (!texts.has(finding)) texts.set(finding, finding.textContent.toLowerCase())
    return texts.get(finding)
  }
  const apply = () => {
    const wanted = new FormData(form)
    const levels = new Set(wanted.getAll('level'))
    const words = String(wanted.get('text')).toLowerCase().split(' ').filter(Boolean)
    const scanner = wanted.get('scanner')
    const change = wanted.get('change')
    const fits = (finding) => {
      const { level, by, change: changed } = finding.dataset
      return levels.has(level) && (scanner === '' || by.split(' ').includes(scanner)) && (change === '' || changed === change) &&
        words.every((word) => textOf(finding).includes(word))
    }
    let shown = 0
    for (const finding of findings) {
      finding.hidden = !fits(finding)
      if (!finding.hidden) shown += 1
    }
    for (const more of document.querySelectorAll('.more')) {
      const all = [...more.querySelectorAll('.finding')]
      if (all.length > 0) more.hidden = all.every((finding) => finding.hidden)
    }
    said.textContent = shown + ' of ' + findings.length + ' findings shown'
  }
  form.hidden = false
  form.addEventListener('input', apply)
  form.addEventListener('reset', () => setTimeout(apply))
  form.addEventListener('submit', (event) => event.preventDefault())
  addEventListener('beforeprint', () => { for (const part of document.querySelectorAll('section > .finding')) part.open = true })
  apply()
})()
`
