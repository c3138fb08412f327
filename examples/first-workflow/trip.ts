import { defineWorkflow, workerType } from "clew";

const Trip = {
  type: "object",
  properties: { to: { type: "string", minLength: 1 }, nights: { type: "integer", minimum: 1 } },
  required: ["to", "nights"],
} as const;

const Destination = { type: "object", properties: { to: { type: "string" } }, required: ["to"] } as const;
const Seat = { type: "object", properties: { seat: { type: "string" } }, required: ["seat"] } as const;
const Room = { type: "object", properties: { room: { type: "integer" } }, required: ["room"] } as const;

// Contracts: what a worker takes and gives. Whoever implements one may live in another process, or another language.
export const bookFlight = workerType("book_flight", { input: Destination, output: Seat });
export const cancelFlight = workerType("cancel_flight", { input: Destination });
export const bookHotel = workerType("book_hotel", { input: Trip, output: Room, errors: ["no_room"] });

export default defineWorkflow("book_trip", { version: 1, input: Trip }, (w, trip) => {
  const flight = w.step("book_flight", bookFlight, {
    input: { to: trip.to },
    timeout: "10s",
    compensation: cancelFlight,
  });
  const hotel = w.step("book_hotel", bookHotel, { input: { to: trip.to, nights: trip.nights }, timeout: "10s" });
  return { seat: flight.seat, room: hotel.room };
});
