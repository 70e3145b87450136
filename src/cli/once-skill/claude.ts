import { main } from "../main.ts";
import { onceSurface } from "./surface.ts";

main(onceSurface("claude"));
