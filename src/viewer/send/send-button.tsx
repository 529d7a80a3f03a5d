import { ChooseFiles } from "../page/choose-files.tsx";
import { send } from "./uploads.ts";

/** Chooses files, and sends them. */
export function SendButton() {
  return <ChooseFiles isMain says="Send" name="Files to send" onChoose={(files) => void send(files)} />;
}
