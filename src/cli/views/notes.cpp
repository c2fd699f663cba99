#include "cli/views/notes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/words.hpp"

namespace blc::cli {

using approval::Act;
using approval::NoteFact;
using approval::Run;
using text::Json;

namespace {

constexpr std::size_t kThreads = 6;
constexpr std::size_t kReplies = 3;

bool over(const RunView& view) { return ended(*view.run) || view.state == approval::State::expired; }

std::string question_lines(const RunView& view, const NoteFact& question, bool several_open) {
  const auto& run = *view.run;
  std::vector<const NoteFact*> replies;
  for (const auto& note : run.notes) {
    if (note.answers == question.hash) replies.push_back(&note);
  }
  auto head = fmt::format("{} asked, {}", question.by, at_time(question.at, view.now));
  if (replies.empty() && several_open) head += fmt::format(" (entry {})", question.leaf);
  auto text = wrap(head + ": " + words_text(view, question.words), view.width, 4) + "\n";
  if (replies.empty() && !over(view)) text += "  no reply yet\n";
  if (replies.size() > kReplies) text += fmt::format("  ({} earlier)\n", replies.size() - kReplies);
  for (std::size_t i = replies.size() - std::min(replies.size(), kReplies); i < replies.size(); ++i)
    text += wrap(fmt::format("  {}, {}: {}", replies[i]->by, at_time(replies[i]->at, view.now), words_text(view, replies[i]->words)), view.width, 4) + "\n";
  return text;
}

// Text by the leaf that it begins with.
using Lines = std::vector<std::pair<std::uint64_t, std::string>>;

std::string in_order(Lines lines) {
  std::ranges::sort(lines);
  std::string text;
  for (const auto& line : lines) text += line.second;
  return text;
}

}  // namespace

std::string conversation_text(const RunView& view) {
  const auto& run = *view.run;
  const bool several = open_questions(run).size() > 1;
  Lines threads;
  for (const auto& approval : run.approvals) {
    if (approval.act == Act::approve && approval.words)
      threads.emplace_back(approval.leaf, wrap(fmt::format("{} signed, {}: {}", approval.by, at_time(approval.at, view.now), words_text(view, *approval.words)), view.width, 4) + "\n");
  }
  for (const auto& note : run.notes) {
    if (!note.answers) threads.emplace_back(note.leaf, question_lines(view, note, several));
  }
  std::ranges::sort(threads);
  std::string text;
  if (threads.size() > kThreads) {
    text = fmt::format("{} earlier: blc show {}\n", threads.size() - kThreads, run.id.suffix());
    threads.erase(threads.begin(), threads.end() - kThreads);
  }
  return text + in_order(std::move(threads));
}

std::string happened_since(const RunView& view, std::uint64_t leaf) {
  const auto& run = *view.run;
  Lines lines;
  const auto line = [&](const approval::Fact& fact, const std::string& what) {
    if (fact.leaf >= leaf) lines.emplace_back(fact.leaf, wrap(fmt::format("  {} {}", fact.by, what), view.width, 4) + "\n");
  };
  for (const auto& approval : run.approvals)
    line(approval, approval.act == Act::approve ? "signed" + (approval.words ? ": " + words_text(view, *approval.words) : "") : "took their signature back");
  for (const auto& note : run.notes) line(note, (note.answers ? "replied: " : "asks: ") + words_text(view, note.words));
  return in_order(std::move(lines));
}

Json notes_json(const RunView& view) {
  const auto& run = *view.run;
  std::vector<std::pair<std::uint64_t, Json>> found;
  const auto add = [&](const approval::Fact& fact, std::string_view kind, const approval::Words& words, const std::optional<LeafHash>& answers) {
    Json::Object object{{"kind", kind}, {"by", fact.by}, {"at", blc::to_string(fact.at)}, {"leaf", fact.leaf}, {"hash", fact.hash.hex()}};
    if (const auto said = words_said(view, words)) {
      object.emplace("text", *said);
    } else {
      object.emplace("sealed", true);
    }
    if (answers) object.emplace("answers", answers->hex());
    found.emplace_back(fact.leaf, std::move(object));
  };
  for (const auto& approval : run.approvals) {
    if (approval.act == Act::approve && approval.words) add(approval, "approval", *approval.words, {});
  }
  for (const auto& note : run.notes) add(note, note.answers ? "reply" : "question", note.words, note.answers);
  std::ranges::sort(found, {}, &std::pair<std::uint64_t, Json>::first);
  Json::Array list;
  for (auto& [leaf, object] : found) list.push_back(std::move(object));
  return list;
}

bool asks(const RunView& view, const std::string& person) {
  if (view.run->request->by != person || over(view)) return false;
  const auto open = open_questions(*view.run);
  return std::ranges::any_of(open, [&](const auto* question) { return question->by != person; });
}

std::string note_mark(const RunView& view) {
  const auto& run = *view.run;
  if (run.notes.empty() || over(view)) return {};
  const auto open = open_questions(run);
  for (const auto* const question : open) {
    if (question->by != view.me) return question->by + (run.request->by == view.me ? " asks you" : " asks");
  }
  const auto& last = run.notes.back();
  const auto mine = [&](const auto& note) { return note.by == view.me && note.hash == last.answers; };
  return last.answers && std::ranges::any_of(run.notes, mine) ? last.by + " replied to you" : std::string();
}

}  // namespace blc::cli
