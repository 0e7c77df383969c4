import type { Measurement } from './bench.ts'
import { bundleApi } from './rows/api-bundle.ts'
import { takeChange } from './rows/change.ts'
import { checkOneMachine } from './rows/check.ts'
import { importEvidence } from './rows/import.ts'
import { checkOneMore } from './rows/one-more.ts'
import { scanSeveral } from './rows/ops.ts'
import { repeatPaper } from './rows/paper.ts'
import { answerQueries } from './rows/query.ts'
import { refreshLargeRepository } from './rows/refresh.ts'
import { registerMany } from './rows/registrations.ts'
import { checkOneRpmMachine } from './rows/rpm-check.ts'
import { refreshLargeRpmRepository } from './rows/rpm-refresh.ts'

/** Everything that is measured, in the order of the table. */
export const MEASUREMENTS: readonly Measurement[] = [
  refreshLargeRepository,
  checkOneMachine,
  checkOneMore,
  repeatPaper,
  scanSeveral,
  importEvidence,
  registerMany,
  answerQueries,
  takeChange,
  bundleApi,
  refreshLargeRpmRepository,
  checkOneRpmMachine,
]
