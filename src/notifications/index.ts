export { contactSchema, type Contact } from "./contact.ts";
export type { NotificationDeps } from "./deps.ts";
export { noticeLife } from "./notice.ts";
export { noticeDesk } from "./notice-desk.ts";
export { notificationJobs } from "./send-notice.job.ts";
export { notificationSettings, readOperatorContacts } from "./settings.ts";
export { tellOperators, tellPayee } from "./tell.ts";
