export { startThrowawayServer, type ThrowawayServer } from "./throwaway-server.ts";
