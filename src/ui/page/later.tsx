import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Notice } from "./parts/notice.tsx";
import { GONE } from "./talk/api.ts";

/** A part of the page with a script of its own. */
export interface Later<Props> {
  Part(props: Props): preact.JSX.Element | null;
  /** Loads the script ahead. A failure is shown where the part is asked for. */
  load(): void;
}

/** Makes a part of what is loaded: the first screen comes sooner, since it does not wait for what it does not show. */
export function later<Props extends object>(importIt: () => Promise<ComponentType<Props>>): Later<Props> {
  let asked: Promise<ComponentType<Props>> | undefined;
  let there: ComponentType<Props> | undefined;
  const load = async () => {
    asked ??= importIt();
    try {
      there = await asked;
    } catch {
      asked = undefined;
      throw GONE;
    }
  };
  return {
    load: () => void load().catch(() => undefined),
    Part(props) {
      const [, setThere] = useState(there !== undefined);
      const [error, setError] = useState<Error>();
      useEffect(() => {
        if (there === undefined) load().then(() => setThere(true), setError);
      }, []);
      return there === undefined ? <Notice error={error} /> : <ThePart it={there} props={props} />;
    },
  };
}

function ThePart<Props extends object>({ it: It, props }: { it: ComponentType<Props>; props: Props }) {
  return <It {...props} />;
}
