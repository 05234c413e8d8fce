import { z } from "zod";
import {
  addOperator,
  getOperator,
  listOperators,
  retireOperator,
  type Operator,
} from "../../../operators/index.ts";
import { listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import { presentTime, timestampView } from "../../schemas.ts";

const operatorView = z
  .object({
    id: z.uuid(),
    name: z.string().describe("It never changes: past decisions are kept under it"),
    email: z.string().nullable().describe("null: not told"),
    created_by: z.string(),
    created_at: timestampView,
    retired_by: z.string().nullable().describe("null: they are with us"),
    retired_at: timestampView
      .nullable()
      .describe("Their keys are refused from then on; null: they are with us"),
  })
  .meta({
    id: "Operator",
    description: "Whoever may use the API: all keys of one are one person where a decision needs two",
  });

const present = (row: Operator): z.output<typeof operatorView> => ({
  id: row.id,
  name: row.name,
  email: row.email,
  created_by: row.created_by,
  created_at: presentTime(row.created_at),
  retired_by: row.retired_by,
  retired_at: row.retired_at && presentTime(row.retired_at),
});

const addRoute = defineRoute({
  method: "POST",
  path: "/v1/operators",
  operationId: "addOperator",
  scope: "admin",
  summary: "Add somebody who may use the API; what they may do is said by their keys",
  body: z
    .strictObject({
      name: z.string().trim().min(1).max(100).describe("As others call them; one name is one person"),
      email: z.email().max(200).optional(),
    })
    .meta({ id: "AddOperator" }),
  success: { status: 201, body: operatorView },
  problems: ["operator_exists"],
  handle: async ({ body, principal }, { db, clock }) =>
    present(await addOperator(db, { ...body, by: principal.ref, now: clock.now() })),
});

const list = listRoute({
  path: "/v1/operators",
  operationId: "listOperators",
  scope: "admin",
  summary: "List operators, newest first, the retired ones too",
  filters: {},
  key: z.uuid(),
  item: operatorView,
  read: listOperators,
  keyOf: ({ id }: Operator) => id,
  present,
});

const params = z.object({ id: z.uuid() });

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/operators/:id",
  operationId: "getOperator",
  scope: "admin",
  summary: "Read who somebody is",
  params,
  success: { status: 200, body: operatorView },
  problems: ["unknown_operator"],
  handle: async ({ params: { id } }, { db }) => present(await getOperator(db, id)),
});

const retireRoute = defineRoute({
  method: "POST",
  path: "/v1/operators/:id/retire",
  operationId: "retireOperator",
  scope: "admin",
  summary: "Retire somebody for ever: all their keys are refused at once. What they decided stays decided",
  params,
  success: { status: 200, body: operatorView },
  problems: ["unknown_operator"],
  handle: async ({ params: { id }, principal }, { db, clock }) =>
    present(await retireOperator(db, id, { by: principal.ref, now: clock.now() })),
});

export const operatorRoutes: readonly Route[] = [addRoute, list, getRoute, retireRoute];
