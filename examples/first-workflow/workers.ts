import { worker, WorkFailed } from "clew";
import { bookFlight, bookHotel, cancelFlight } from "./trip.ts";

export default [
  worker(bookFlight, ({ to }, { key }) => {
    // A real worker hands `key` to the airline: the same key twice is one booking.
    console.error(`booked a flight to ${to} under ${key}`);
    return { seat: "12A" };
  }),

  worker(cancelFlight, ({ to }) => {
    console.error(`cancelled the flight to ${to}`);
  }),

  worker(bookHotel, ({ to }) => {
    if (to !== "Atlantis") return { room: 7 };
    // Nothing was booked, and trying again cannot help: the flight is undone at once.
    throw new WorkFailed({ code: "no_room", title: `no hotel in ${to}`, effect: "none", retryable: false });
  }),
];
