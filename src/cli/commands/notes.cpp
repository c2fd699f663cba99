#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/free_text.hpp"
#include "cli/views/notes.hpp"
#include "cli/views/reveal.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

struct NoteOptions {
  std::string run;
  std::string text;
  std::string entry;
};

using Questions = std::vector<const approval::NoteFact*>;

Result<Exit> ask(Session& session, const NoteOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  BLC_CHECK(ask_about(session, *desk, *run, options.text));
  return tell(session, *run, desk->name(),
              fmt::format("Your question about run {0} is in the ledger. To reply, {1} types: blc reply {0}", run->id.suffix(),
                          run->request->by == desk->name() ? "whoever knows" : run->request->by));
}

// The question that --to names, or the only one that is open.
Result<const approval::NoteFact*> question_of(Session& session, const approval::Run& run, const std::string& entry) {
  const auto suffix = run.id.suffix();
  const auto open = open_questions(run);
  const auto choose = [&](const std::string& text) -> const approval::NoteFact* {
    std::uint64_t leaf = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), leaf);
    if (error != std::errc() || end != text.data() + text.size()) return nullptr;
    const auto found = std::ranges::find_if(run.notes, [&](const auto& note) { return note.leaf == leaf && !note.answers; });
    return found == run.notes.end() ? nullptr : &*found;
  };
  if (!entry.empty()) {
    if (const auto* const question = choose(entry)) return question;
    return fail(Exit::usage, fmt::format("entry {} is no question about run {}", text::display(entry), suffix), fmt::format("blc show {} lists them", suffix));
  }
  if (open.empty()) return fail(Exit::usage, fmt::format("no question about run {} waits for a reply", suffix), fmt::format("blc show {} has what was said", suffix));
  if (open.size() == 1) return open.front();
  std::string list;
  for (const auto* const question : open) list += fmt::format("{}{}", list.empty() ? "" : " or ", question->leaf);
  if (session.interactive()) {
    BLC_TRY(const auto typed, session.ask(fmt::format("Which do you reply to ({})? ", list), "nothing was said"));
    if (const auto* const question = choose(typed.value_or(""))) return question;
    return fail(Exit::failed, "nothing was said", fmt::format("blc reply {} --to ENTRY", suffix));
  }
  return fail(Exit::usage, fmt::format("{} questions about run {} wait for a reply: entries {}", open.size(), suffix, list), fmt::format("blc reply {} --to ENTRY", suffix));
}

Result<Exit> reply(Session& session, const NoteOptions& options) {
  BLC_TRY(const auto* const run, session.find_run(options.run));
  BLC_TRY(auto* const desk, session.desk());
  // Whoever is asked for the words reads first what they reply to.
  if (options.text.empty() && session.interactive() && !session.output().json() && !run->notes.empty()) {
    auto shown = view_for(session, *run, desk->name());
    BLC_TRY(const auto sealed, open_words(session, shown));
    session.output().screen(conversation_text(shown));
    if (!sealed.empty()) session.output().line(sealed);
  }
  BLC_TRY(const auto* const question, question_of(session, *run, options.entry));
  const auto hash = question->hash;
  const auto asker = question->by;
  BLC_TRY(const auto words, free_text(session, *run, options.text, "reply"));
  if (words.empty()) return fail(Exit::usage, "there is no reply", how_to_give(*run, "blc reply", ""));
  BLC_CHECK(recorded(session, *run, desk->name(), "reply", desk->reply(run->id, hash, words)));
  return tell(session, *run, desk->name(), fmt::format("Your reply to {} is in the ledger.", asker));
}

}  // namespace

void add_notes(Commands& commands) {
  const auto add = [&](const std::string& name, const std::string& summary, Result<Exit> (*command)(Session&, const NoteOptions&),
                       const std::string& text, const std::shared_ptr<NoteOptions>& options) {
    const auto sub = commands.add(commands.app, name, summary, [command, options](Session& session) { return command(session, *options); });
    sub.add_option("run", options->run, "its ID, or the last six characters of it").required();
    sub.add_option("text", options->text, text + "; asked for on a terminal. @FILE and @- read it; of a clinical run it is not taken from the command line outside local");
    return sub;
  };
  add("ask", "Ask about a run before you sign it", ask, "the question", std::make_shared<NoteOptions>());
  auto replying = std::make_shared<NoteOptions>();
  add("reply", "Reply to a question about a run", reply, "the reply", replying)
      .add_option("--to", replying->entry, "the number of the question's entry, where several wait for a reply")
      .type_name("ENTRY");
}

}  // namespace blc::cli
