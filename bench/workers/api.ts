export { createApi } from '#shared/api/app.ts'
