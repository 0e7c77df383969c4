import { isFault } from '#shared/domain/fault.ts'

/** The fault that it ends in; `none` where it ends well. Other errors are thrown. */
export async function faultOf(work: () => Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work()
    return { code: 'none', message: '' }
  } catch (error) {
    if (isFault(error)) return { code: error.code, message: error.message }
    throw error
  }
}
