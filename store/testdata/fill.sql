-- Fills an empty book with {N} orders of four lines each, the newest at {END} (unix ms) and the others over the 400 days
-- before it: of twenty, fourteen are sold, five closed and one refunded; twenty of all are owed. It needs a book whose
-- triggers on orders and journal are away.
CREATE TEMP TABLE filled AS
  WITH RECURSIVE n (id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM n WHERE id < {N})
  SELECT id, printf('K0042-%06d%018d', id % 1000000, id) AS no,
         {END} - ({N} - id) * (400 * 86400000 / {N}) AS at,
         CASE WHEN id % ({N} / 20) = 7 THEN 'owed' WHEN id % 20 = 3 THEN 'refunded' WHEN id % 4 = 1 THEN 'closed' ELSE 'sold' END AS state
  FROM n;

INSERT INTO orders (id, no, choice, means, slot, name, name_en, fen, api, appid, mchid, sub_appid, sub_mchid, sign_type, pay_key,
    expires, created, born_sure, transaction_id, paid_fen, currency, paid_at, source, misfit, refund_no, round, refund_fen, why,
    doubt, goods_too, word, hand, fault, settled_by, how, note, state, last_event, updated, sure, reason, birth, line)
  SELECT id, no, 'c' || no, 'native', 1 + id % 8, '可口可乐 330ml', 'Coke 330ml', 350, 'v2', 'wx1234567890abcdef', '1600000001', '', '', 'HMAC-SHA256', '0f1e2d3c',
    at + 300000, at, 1, CASE state WHEN 'closed' THEN '' ELSE printf('42000%05d%018d', id * 7919 % 3000, id) END,
    CASE state WHEN 'closed' THEN 0 WHEN 'sold' THEN 350 ELSE 351 END, CASE state WHEN 'closed' THEN '' ELSE 'CNY' END,
    CASE state WHEN 'closed' THEN NULL ELSE at + 20000 END, CASE state WHEN 'closed' THEN '' ELSE 'query' END,
    CASE WHEN state IN ('refunded', 'owed') THEN 'sum' ELSE '' END,
    CASE WHEN state IN ('refunded', 'owed') THEN no || 'R1' ELSE '' END, state IN ('refunded', 'owed'),
    CASE WHEN state IN ('refunded', 'owed') THEN 351 ELSE 0 END, CASE WHEN state IN ('refunded', 'owed') THEN 'misfit' ELSE '' END,
    0, 0, CASE state WHEN 'owed' THEN 'TRADE_OVERDUE' WHEN 'refunded' THEN 'SUCCESS' WHEN 'closed' THEN 'CLOSED' ELSE '' END,
    CASE state WHEN 'refunded' THEN 'refund' ELSE '' END, '', '', '', '', state,
    CASE state WHEN 'sold' THEN 'dropped' WHEN 'closed' THEN 'gone' WHEN 'refunded' THEN 'repaid' ELSE 'unpayable' END,
    at + 25000, 1, '', 4 * id - 3, 4 * id
  FROM filled ORDER BY id;

INSERT INTO journal (seq, ord, event, state, at, sure, peak, prev)
  SELECT 4 * id - 3 + k, id,
    CASE k WHEN 0 THEN 'chosen' WHEN 1 THEN 'asked'
      WHEN 2 THEN CASE state WHEN 'sold' THEN 'paid' WHEN 'closed' THEN 'late' ELSE 'misfit' END
      ELSE CASE state WHEN 'sold' THEN 'dropped' WHEN 'closed' THEN 'gone' WHEN 'refunded' THEN 'repaid' ELSE 'unpayable' END END,
    CASE k WHEN 0 THEN 'asking' WHEN 1 THEN 'waiting'
      WHEN 2 THEN CASE state WHEN 'sold' THEN 'vending' WHEN 'closed' THEN 'closing' ELSE 'refunding' END
      ELSE state END,
    at + k * 8000 + (k = 3) * 1000, 1, at + k * 8000 + (k = 3) * 1000, CASE WHEN k > 0 THEN 4 * id - 4 + k END
  FROM filled, (SELECT 0 AS k UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) ORDER BY id, k;

-- What the triggers would have kept. The lines have no seals: the chain begins after them.
INSERT INTO tallies SELECT state, means, count(*), sum(paid_fen) FROM orders
  WHERE state IN ('sold', 'refunded', 'closed') GROUP BY state, means;
INSERT INTO anchors SELECT max(seq), zeroblob(32) FROM journal;
INSERT OR REPLACE INTO meta SELECT 'unsealed', max(seq) FROM journal;
DROP TABLE filled;
