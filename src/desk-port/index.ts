export {
  defineDesk,
  itemChanged,
  mostOfAKind,
  unknownAction,
  unknownItem,
  type Asked,
  type Decision,
  type DeskAction,
  type DeskItem,
  type DeskPlan,
  type ReviewInput,
  type RoomDesk,
  type Shown,
  type WaitOwner,
} from "./room-desk.ts";
export type { BothPersons, Consent, SecondPerson, TwoPersonDecision } from "./second-person.ts";
export type { Unlooked } from "./unlooked.ts";
