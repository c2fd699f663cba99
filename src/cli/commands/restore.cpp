#include "cli/commands/restore.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/words.hpp"
#include "core/approval/admin_desk.hpp"

namespace blc::cli {

namespace {

using trust::Loss;

// Entries that this client had verified and that are no more.
std::uint64_t entries_in(const Loss& loss) { return loss.size - loss.kept; }

// Another admin's proposal that says at least as much, or null.
const approval::Proposal* proposed(const approval::Replay& replay, const Loss& loss) {
  const auto known = replay.root()->losses().size();
  const auto found = std::ranges::find_if(replay.proposals(), [&](const auto& proposal) {
    const auto* const next = proposal.next->root();
    return next != nullptr && next->losses().size() > known && !proposal.rejection &&
           std::any_of(next->losses().begin() + static_cast<std::ptrdiff_t>(known), next->losses().end(),
                       [&](const auto& other) { return other == loss || other.size > loss.size; });
  });
  return found == replay.proposals().end() ? nullptr : &*found;
}

// Nothing but the number of lost entries is consent.
Result<> consent(Session& session, const Loss& loss, std::uint64_t left, const RestoreOptions& options) {
  const auto many = entries_in(loss);
  if (options.lost || !session.interactive() || session.output().json()) {
    if (options.lost == many) return {};
    return fail(Exit::usage,
                options.lost ? fmt::format("{} are lost, not {}; nothing was signed", count(many, "entry"), *options.lost)
                             : std::string("without a terminal, this needs the number of entries that are lost"),
                fmt::format("blc ledger restore --lost {}", many));
  }
  auto& output = session.output();
  output.line(fmt::format("The ledger holds {}; you had verified {}.", count(left, "entry"), loss.size));
  output.line(fmt::format("Lost: entries {} to {}. What they say was asked, signed or run is known to nobody who reads this ledger. What ran "
                          "stays done; the executor's journal keeps it from running twice.",
                          loss.kept, loss.size - 1));
  output.line("Look for them first: another backup, or the file on another machine. After this they never count again.");
  BLC_TRY(const auto answer, session.ask("To go on without them, type how many are lost. Enter does nothing. > ", "nothing was signed"));
  if (answer == std::to_string(many)) return {};
  return fail(Exit::failed, "nothing was signed", "blc ledger restore");
}

}  // namespace

Result<Exit> restore(Session& session, const RestoreOptions& options) {
  BLC_TRY(auto* const log, session.unverified_log());
  BLC_TRY(const auto loss, log->read_restored());
  BLC_CHECK(session.log());
  if (const auto* const theirs = proposed(log->replay(), loss)) return approve_proposal(session, *theirs, options.act);
  BLC_TRY(auto* const signer, session.signer());
  BLC_TRY(auto desk, approval::AdminDesk::open(*log, *signer));
  BLC_CHECK(desk.may_change_root());
  BLC_CHECK(consent(session, loss, log->replay().size(), options));
  BLC_TRY(const auto changed, desk.change_root([&](trust::RootContent& root) -> Result<> {
    root.losses.push_back(loss);
    return {};
  }));
  return tell_change(session, changed, [&] {
    auto& output = session.output();
    if (output.json())
      output.object(text::Json::Object{{"format", "blc.ledger-restore/v1"}, {"kept", loss.kept}, {"size", loss.size}, {"root", loss.root.hex()}});
    output.line(fmt::format("Entries {} to {} are lost, says root {}. Everybody goes on with what is left, and is told.", loss.kept,
                            loss.size - 1, log->replay().root()->version()));
    output.line("What each had signed in them they are told, to do it again if it still holds.");
  });
}

}  // namespace blc::cli
