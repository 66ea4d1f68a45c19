import test from "ava";
import { LeaseBook } from "../src/lease-book.ts";
import { LeaseExpiry } from "../src/lease-expiry.ts";

function leading(): { book: LeaseBook; expiry: LeaseExpiry } {
  const book = new LeaseBook();
  const expiry = new LeaseExpiry(book);
  expiry.promote(0, 0);
  return { book, expiry };
}

test("a lease whose time is up is not renewed: its revocation may be on its way", (t) => {
  const { book, expiry } = leading();
  book.grant(1n, 10);
  expiry.granted(1n, 0);
  t.is(expiry.renew(1n, 9_999), 10);
  t.is(expiry.renew(1n, 19_998), 10);
  t.deepEqual(expiry.expired(29_998), [1n]);
  t.is(expiry.renew(1n, 29_998), 0);
  t.deepEqual(expiry.expired(29_998), [1n], "and it stays expired");
});

test("a lease granted again under the id of one that ended has its whole time", (t) => {
  const { book, expiry } = leading();
  book.grant(1n, 10);
  expiry.granted(1n, 0);
  book.remove(1n);
  book.grant(1n, 10);
  expiry.granted(1n, 60_000);
  t.deepEqual(expiry.expired(69_999), []);
  t.deepEqual(expiry.expired(70_000), [1n]);
});

test("who does not lead says nothing of the end of a lease, and renews without a clock", (t) => {
  const { book, expiry } = leading();
  book.grant(1n, 10);
  expiry.granted(1n, 0);
  expiry.demote();
  t.deepEqual(expiry.expired(1e9), []);
  t.is(expiry.renew(1n, 1e9), 10);
  expiry.promote(1e9, 500);
  t.deepEqual(expiry.expired(1e9 + 10_499), []);
  t.deepEqual(expiry.expired(1e9 + 10_500), [1n]);
});
