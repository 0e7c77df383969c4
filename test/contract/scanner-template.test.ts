import { openTemplateScanner } from '#scanners/_template/open-template-scanner.ts'
import { openScriptedEngine, SLOW } from '#test/support/template-engine/scripted-engine.ts'
import { scannerContract } from './scanner.contract.ts'

scannerContract('the template, with a scripted engine', async () => {
  const engine = openScriptedEngine()
  const open = () => openTemplateScanner({ id: 'template', engine, slots: 1 })
  return {
    scanner: open(),
    address: '192.0.2.10',
    slowAddress: SLOW,
    reopen: async () => open(),
    close: async () => {},
  }
})
