/** In a file of its own when built: it is four times as large as all else that such a store needs, and who only reads needs none of it. */
export { getConstructionPlans, PgBoss } from "pg-boss";
